package dev.cairn.tests.hosts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace without a name, that lives as long as a process in it: first of all one that
 * reads from this JVM and ends with it, however that dies. Not thread-safe.
 */
final class Namespace implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  /** Where tc is, also for who is not root. */
  private static final String SBIN = "PATH=$PATH:/usr/sbin:/sbin; ";

  private final Process holder;
  private final List<String> enter;
  private final String identity;

  private Namespace(Process holder, List<String> enter, String identity) {
    this.holder = holder;
    this.enter = enter;
    this.identity = identity;
  }

  /**
   * Makes one.
   *
   * @param make a command that makes a namespace and executes in it the one that follows
   * @param userToo whether that command is in a user namespace, which is to be entered first
   * @throws NotAllowedException if it may not be made here
   */
  static Namespace open(List<String> make, boolean userToo)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("env", Owner.self().mark()));
    command.addAll(make);
    command.add("cat"); // ends at the end of its input: when this JVM closes it, or dies
    Process holder = new ProcessBuilder(command).redirectErrorStream(true).start();
    boolean done = false;
    try {
      long end = System.nanoTime() + DEADLINE.toNanos();
      while (!isCat(holder)) {
        if (holder.waitFor(5, TimeUnit.MILLISECONDS)) {
          throw new NotAllowedException(make + ": " + said(holder));
        }
        if (System.nanoTime() > end) {
          throw new NotAllowedException(make + " does not end");
        }
      }
      List<String> enter = new ArrayList<>(List.of("nsenter", "--target", "" + holder.pid()));
      if (userToo) {
        enter.addAll(List.of("--user", "--preserve-credentials"));
      }
      Namespace made =
          new Namespace(holder, List.copyOf(enter), identityOf(holder.pid()).orElseThrow());
      if (made.identity.equals(identityOf(ProcessHandle.current().pid()).orElseThrow())) {
        throw new NotAllowedException(make + " makes no network namespace");
      }
      done = true;
      return made;
    } finally {
      if (!done) {
        reap(holder);
      }
    }
  }

  /** Returns the command that executes another one as a process of this namespace. */
  List<String> launcher() throws IOException {
    List<String> launcher = new ArrayList<>(enter);
    launcher.addAll(List.of("--net", "env", Owner.self().mark()));
    return launcher;
  }

  /** Returns the command that enters only the user namespace, for another network namespace. */
  List<String> userLauncher() {
    return enter;
  }

  /** The number by which {@code ip} knows the namespace. */
  long pid() {
    return holder.pid();
  }

  /**
   * Runs a script of the shell in the namespace, which must succeed.
   *
   * @return what it said
   */
  String run(String script) throws IOException, InterruptedException {
    List<String> command = launcher();
    command.addAll(List.of("sh", "-e", "-c", SBIN + script));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      // What is said fits into the pipe: nobody waits for a reader.
      if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException(script + " does not end");
      }
      String said = said(process);
      if (process.exitValue() != 0) {
        throw new IOException(script + ": " + said);
      }
      return said;
    } finally {
      reap(process);
    }
  }

  /** Kills the processes in it beside the one that holds it, and returns them. */
  List<Long> killOthers() throws IOException {
    List<Long> killed = new ArrayList<>();
    List<Long> more;
    do { // until they have no new children, either
      more =
          Owner.kill(
              process ->
                  process != holder.pid() && identityOf(process).equals(Optional.of(identity)));
      killed.addAll(more);
    } while (!more.isEmpty());
    return killed;
  }

  @Override
  public void close() {
    reap(holder);
  }

  private static boolean isCat(Process process) throws IOException {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).strip().equals("cat");
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      }
      return false;
    }
  }

  private static Optional<String> identityOf(long process) {
    try {
      return Optional.of(
          Files.readSymbolicLink(Path.of("/proc/" + process + "/ns/net")).toString());
    } catch (IOException e) {
      return Optional.empty(); // it has ended, or is another user's
    }
  }

  private static String said(Process ended) throws IOException {
    return new String(ended.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  private static void reap(Process process) {
    process.destroyForcibly();
    process.onExit().orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
  }
}
