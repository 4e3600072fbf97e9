package dev.cairn.store.io;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Owns how the tests of this package start and reap other processes. Immutable. */
final class Children {
  private static final long DEADLINE_SECONDS = 60;

  private Children() {}

  /** Runs a command to its end and returns its exit code. */
  static int run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(List.of(command) + " did not end in time");
      }
      return process.exitValue();
    } finally {
      reap(process);
    }
  }

  /** Starts a process; its standard error goes to ours. */
  static Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Returns the command for another JVM with the classes of this module. */
  static List<String> java(Class<?> main, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(place(FileSystemDirectory.class) + ":" + place(main));
    command.add(main.getName());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  /** Reads one line; whoever waits for it has a timeout. */
  static String line(BufferedReader reader) throws IOException {
    String line = reader.readLine();
    if (line == null) {
      throw new IOException("the child ended without a word");
    }
    return line;
  }

  /** Kills a process that we started, and waits for its end. */
  static void reap(@Nullable Process process) throws InterruptedException {
    if (process != null) {
      process.destroyForcibly();
      process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static String place(Class<?> type) {
    CodeSource source = Objects.requireNonNull(type.getProtectionDomain().getCodeSource());
    return Path.of(source.getLocation().getPath()).toString();
  }
}
