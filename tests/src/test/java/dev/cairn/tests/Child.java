package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another JVM that a test started, with a deadline; closing it kills and reaps it. */
public final class Child implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 120;

  private final Process process;
  private final Path output;

  private Child(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a command of the command line. */
  public static Child cairn(Path directory, String... arguments) throws IOException {
    return java(directory, List.of(), Cairn.class, arguments);
  }

  /** The same through another program, as in {@link #java(Path, List, List, Class, String...)}. */
  public static Child cairn(Path directory, List<String> launcher, String... arguments)
      throws IOException {
    return java(directory, launcher, List.of(), Cairn.class, arguments);
  }

  /** Starts a main class with the classes of this JVM; what it says goes to a file. */
  public static Child java(Path directory, List<String> options, Class<?> main, String... arguments)
      throws IOException {
    return java(directory, List.of(), options, main, arguments);
  }

  /**
   * Starts a main class through another program.
   *
   * @param launcher a command that executes in its own place the one that follows
   */
  public static Child java(
      Path directory,
      List<String> launcher,
      List<String> options,
      Class<?> main,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(directory, "child", ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new Child(process, output);
  }

  /** Waits until it has said something. */
  public void awaitWord(String word) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!said().contains(word)) {
      assertTrue(System.nanoTime() < end, "the child says " + word + " in time");
      boolean ended = process.waitFor(20, TimeUnit.MILLISECONDS);
      assertTrue(!ended, "the child lives until it says " + word + "; it said: " + said());
    }
  }

  public long pid() {
    return process.pid();
  }

  /** Writes a line to its standard input. */
  public void tell(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Closes its standard input. */
  public void endInput() throws IOException {
    process.getOutputStream().close();
  }

  /** Waits for its end, checks its exit code, and returns what it said. */
  public String await(int exit) throws IOException, InterruptedException {
    return await(exit, DEADLINE_SECONDS);
  }

  /** The same, for a child that is to take longer. */
  public String await(int exit, long deadlineSeconds) throws IOException, InterruptedException {
    assertTrue(process.waitFor(deadlineSeconds, TimeUnit.SECONDS), "the child ends in time");
    String said = said();
    assertEquals(exit, process.exitValue(), said);
    return said;
  }

  /** Returns how it has ended. */
  public int exitCode() {
    return process.exitValue();
  }

  /** Returns what it has said so far. */
  public String said() throws IOException {
    return Files.readString(output);
  }

  /** Waits a moment; tells whether it has ended. */
  public boolean hasEndedWithin(long micros) throws InterruptedException {
    return process.waitFor(micros, TimeUnit.MICROSECONDS);
  }

  @Override
  public void close() {
    kill();
  }

  /** Tells it to end, as {@code kill} and a service manager do. */
  public void terminate() {
    process.toHandle().destroy(); // Process.destroy would end its input, too
  }

  /** Kills it as {@code kill -9} does, and reaps it. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
  }
}
