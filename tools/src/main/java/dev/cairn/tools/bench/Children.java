package dev.cairn.tools.bench;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Starts other programs, each with a deadline, and waits until they have ended. */
final class Children {
  private static final long DEADLINE_SECONDS = 120;
  private static final String MAIN_CLASS = "dev.cairn.tools.Cairn";

  private Children() {}

  /** Tells whether a program can be started. */
  static boolean has(String program) {
    String path = System.getenv("PATH");
    return path != null
        && Arrays.stream(path.split(File.pathSeparator))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /**
   * Runs a program to its end and returns what it wrote.
   *
   * @param log a file that takes its output
   * @throws IOException if it fails or is not done in time
   */
  static String run(Path log, List<String> command) throws IOException {
    return run(log, command, Map.of());
  }

  /** The same with more in its environment. */
  static String run(Path log, List<String> command, Map<String, String> environment)
      throws IOException {
    Process child = start(log, command, environment);
    try {
      if (!child.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(command.getFirst() + " is not done in " + DEADLINE_SECONDS + " s");
      }
      String output = Files.readString(log, StandardCharsets.UTF_8);
      if (child.exitValue() != 0) {
        throw new IOException(
            String.join(" ", command) + ": exit code " + child.exitValue() + ": " + output.strip());
      }
      return output;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + command.getFirst());
    } finally {
      reap(child);
    }
  }

  /**
   * Starts a program that goes on; its starter reaps it.
   *
   * @param log a file that takes its output
   */
  static Process start(Path log, List<String> command) throws IOException {
    return start(log, command, Map.of());
  }

  /** The same with more in its environment. */
  static Process start(Path log, List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Waits for a time. */
  static void pause(TimeUnit unit, long time) throws InterruptedIOException {
    try {
      unit.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Kills a program, and waits until it has ended. */
  static void reap(Process child) {
    child.destroyForcibly();
    boolean interrupted = Thread.interrupted();
    try {
      child.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the command that runs {@code cairn} as this process was run, options and all. */
  static List<String> cairn(List<String> arguments) {
    return cairn(List.of(), arguments);
  }

  /** The same with more options of the JVM. */
  static List<String> cairn(List<String> more, List<String> arguments) {
    List<String> command = new ArrayList<>();
    List<String> own =
        ProcessHandle.current().info().arguments().map(Arrays::asList).orElse(List.of());
    int main = own.indexOf(MAIN_CLASS);
    if (main >= 0) {
      command.add(javaProgram());
      command.addAll(own.subList(0, main));
      command.addAll(more);
      command.add(MAIN_CLASS);
    } else {
      List<String> options = new ArrayList<>(more);
      options.add("-XX:+UseSerialGC");
      command.addAll(java(options, MAIN_CLASS));
    }
    command.addAll(arguments);
    return command;
  }

  /** Returns the command of a JVM with this one's class path. */
  static List<String> java(List<String> options, String mainClass) {
    List<String> command = new ArrayList<>();
    command.add(javaProgram());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    return command;
  }

  private static String javaProgram() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
