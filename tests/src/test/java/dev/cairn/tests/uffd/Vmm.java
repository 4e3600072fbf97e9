package dev.cairn.tests.uffd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.cairn.tests.NumberedMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Owns a {@link VmmMain} process. Not thread-safe. */
final class Vmm implements AutoCloseable {
  static final int SMALL = NumberedMemory.PAGE_SIZE;
  static final int HUGE = 2 << 20;

  private static final long DEADLINE_SECONDS = 120;

  private final Process process;
  private final PrintStream in;
  private final LinkedBlockingQueue<String> said = new LinkedBlockingQueue<>();

  private Vmm(Process process) {
    this.process = process;
    this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("vmm-output").start(this::read);
  }

  /** Starts one whose memory is that of a checkpoint, and waits until it has handed it over. */
  static Vmm start(Path socket, long checkpoint, int pages, int unit)
      throws IOException, InterruptedException {
    return start(socket, checkpoint, pages, unit, "small");
  }

  static Vmm start(Path socket, long checkpoint, int pages, int unit, String kind)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:+UseSerialGC",
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    VmmMain.class.getName(),
                    socket.toString(),
                    Long.toString(checkpoint),
                    Integer.toString(pages),
                    Integer.toString(unit),
                    kind))
            .redirectErrorStream(true)
            .start();
    Vmm vmm = new Vmm(process);
    boolean done = false;
    try {
      vmm.expect("ready");
      done = true;
      return vmm;
    } finally {
      if (!done) {
        vmm.close();
      }
    }
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        said.add(line);
      }
    } catch (IOException e) {
      said.add("output: " + e.getMessage());
    }
    said.add("(end)");
  }

  long pid() {
    return process.pid();
  }

  /** Tells it to do something; {@link #isRight} waits for that. */
  void begin(String command) {
    in.println(command);
  }

  /** Waits until it has done what it was told, and has found every byte right. */
  void isRight(String word) throws InterruptedException {
    expect(word + ": right");
  }

  void does(String command) throws InterruptedException {
    begin(command);
    isRight(command.substring(0, command.indexOf(' ')));
  }

  /** Tells whether it is still at what it was told, after a while. */
  boolean isAtItAfter(long millis) throws InterruptedException {
    String line = said.poll(millis, TimeUnit.MILLISECONDS);
    if (line != null) {
      said.add(line);
    }
    return line == null;
  }

  private void expect(String line) throws InterruptedException {
    String found = said.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    assertNotNull(found, "the VMM says " + line + " in time");
    assertEquals(line, found);
  }

  /** Kills it: its sockets are closed by the kernel. */
  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
  }
}
