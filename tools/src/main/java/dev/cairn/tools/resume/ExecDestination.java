package dev.cairn.tools.resume;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A destination that this process has started, and whose end it waits for. It is ended with this
 * process, and when it is closed, unless it has been let go. Not thread-safe.
 */
final class ExecDestination implements Closeable {
  /** Stands in the command for what comes behind -incoming. */
  static final String INCOMING = "{incoming}";

  /** Stands for an argument of -qmp; without it -qmp is added. */
  static final String QMP = "{qmp}";

  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Process process;
  private final Path qmp;
  private final Thread hook;
  private boolean letGo;

  private ExecDestination(Process process, Path qmp) {
    this.process = process;
    this.qmp = qmp;
    this.hook = new Thread(this::end, "cairn-end-qemu");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Returns the command with what stands for sockets filled in. */
  static List<String> filledIn(List<String> command, Path qmp) {
    String monitor = "unix:" + qmp + ",server=on,wait=off";
    List<String> filled = new ArrayList<>();
    boolean monitored = false;
    for (String word : command) {
      monitored |= word.contains(QMP);
      filled.add(word.replace(INCOMING, "defer").replace(QMP, monitor));
    }
    if (!monitored) {
      filled.addAll(List.of("-qmp", monitor));
    }
    return filled;
  }

  /** Starts a command, and waits until it can be asked. */
  static ExecDestination start(List<String> command, Path qmp) throws IOException {
    Process process = new ProcessBuilder(filledIn(command, qmp)).inheritIO().start();
    ExecDestination made = new ExecDestination(process, qmp);
    boolean done = false;
    try {
      made.awaitMonitor();
      done = true;
      return made;
    } finally {
      if (!done) {
        made.close();
      }
    }
  }

  private void awaitMonitor() throws IOException {
    long end = System.nanoTime() + START.toNanos();
    while (!Files.exists(qmp)) {
      if (waitFor(Duration.ofMillis(10))) {
        throw new IOException(
            "the command of --exec ended with exit code "
                + process.exitValue()
                + " before it listened for QMP; nothing is lost: correct it and try again");
      }
      if (System.nanoTime() > end) {
        throw new IOException(
            "the command of --exec does not listen for QMP at "
                + qmp
                + "; it has to pass its arguments on to QEMU");
      }
    }
  }

  private boolean waitFor(Duration most) throws InterruptedIOException {
    try {
      return process.waitFor(most.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("resume interrupted");
    }
  }

  Path qmp() {
    return qmp;
  }

  /** Waits for its end, and returns its exit code. */
  int await() throws InterruptedIOException {
    while (!waitFor(Duration.ofHours(1))) {
      // It may run for years.
    }
    return process.exitValue();
  }

  /** Lets it live on when this is closed. */
  void letGo() {
    letGo = true;
  }

  /** Asks it to end, which lets it close its disks, and ends it if it does not. */
  private void end() {
    process.toHandle().destroy();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      return; // the process is ending: the hook does it
    }
    if (!letGo) {
      end();
    }
  }
}
