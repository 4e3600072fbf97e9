package dev.cairn.tools.demo;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Owns a guest process: a second JVM of the same class path. It is killed at its deadline, and
 * waited for when this is closed. Not thread-safe.
 */
final class GuestProcess implements Closeable {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

  private final String name;
  private final Process process;
  private final DataInputStream in;
  private final DataOutputStream out;

  private GuestProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), BUFFER_BYTES));
    this.out =
        new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), BUFFER_BYTES));
  }

  /**
   * Starts a guest and waits until it speaks.
   *
   * @param mode as in {@link GuestProtocol}
   * @param deadline after which it is killed, whatever it does
   */
  static GuestProcess start(
      String mode, long memoryBytes, DirtyTracker.Choice tracker, Duration deadline)
      throws IOException {
    Process process =
        new ProcessBuilder(command(mode, memoryBytes, tracker))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    GuestProcess guest = new GuestProcess("the guest (" + mode + ")", process);
    boolean speaks = false;
    try {
      Thread.ofPlatform().daemon().name("guest-deadline").start(() -> killAt(process, deadline));
      int hello = guest.call(in -> in.readInt());
      if (hello != GuestProtocol.HELLO) {
        throw new IOException(guest.name + " said " + hello + " in place of its greeting");
      }
      speaks = true;
      return guest;
    } finally {
      if (!speaks) {
        guest.close();
      }
    }
  }

  private static List<String> command(String mode, long memoryBytes, DirtyTracker.Choice tracker) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        // Its standard output is the protocol's: the JVM's own messages go elsewhere.
        "-XX:+DisplayVMOutputToStderr",
        "-Xlog:disable",
        "-XX:+UseSerialGC",
        "-Xmx64m",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        GuestMain.class.getName(),
        mode,
        Long.toString(memoryBytes),
        tracker.name());
  }

  private static void killAt(Process process, Duration deadline) {
    try {
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  long pid() {
    return process.pid();
  }

  /** Says something; {@link #call} sends it. */
  DataOutputStream out() {
    return out;
  }

  /** Reads an answer. */
  @FunctionalInterface
  interface Answer<T> {
    T read(DataInputStream in) throws IOException;
  }

  /**
   * Sends what was said and reads the answer.
   *
   * @throws IOException naming the process and its exit code, if it ended
   */
  <T> T call(Answer<T> answer) throws IOException {
    try {
      out.flush();
      return answer.read(in);
    } catch (EOFException e) {
      throw new IOException(name + " with process id " + pid() + " ended" + exit(), e);
    }
  }

  private String exit() throws IOException {
    return await() ? ", exit code " + process.exitValue() : "";
  }

  private boolean await() throws IOException {
    try {
      return process.waitFor(LAST_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Kills the process and waits for its end. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    if (!await()) {
      throw new IOException(name + " with process id " + pid() + " does not end");
    }
  }
}
