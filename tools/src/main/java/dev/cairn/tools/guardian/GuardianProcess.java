package dev.cairn.tools.guardian;

import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.linux.SmallProcess;
import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Owns a guardian process and the way to it. Not thread-safe.
 *
 * <p>Its heartbeat's end is in no other process than this one: the JDK closes all descriptors in
 * its children.
 */
final class GuardianProcess implements Closeable {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

  private final Process process;
  private final UnixSocket control;

  private GuardianProcess(Process process, UnixSocket control) {
    this.process = process;
    this.control = control;
  }

  /** Starts one and waits until it watches. */
  static GuardianProcess start(Path attachFile) throws IOException {
    // 0700; nobody needs the name any more when both sides are connected.
    Path directory = Files.createTempDirectory("cg");
    Path path = directory.resolve("s");
    try (UnixListener listener = UnixListener.listen(path)) {
      Process process =
          new ProcessBuilder(command(attachFile, path))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      GuardianProcess started = null;
      try {
        started = new GuardianProcess(process, SmallProcess.accept(listener, process));
        started.await(ControlMessage.READY, START);
        return started;
      } catch (IOException e) {
        process.destroyForcibly();
        if (started != null) {
          started.control.close();
        }
        throw new IOException("the guardian does not start: " + e.getMessage(), e);
      }
    } finally {
      Files.deleteIfExists(path);
      Files.deleteIfExists(directory);
    }
  }

  private static List<String> command(Path attachFile, Path control) throws IOException {
    long pid = ProcessHandle.current().pid();
    return SmallProcess.command(
        GuardianMain.class,
        List.of(
            attachFile.toAbsolutePath().toString(),
            control.toString(),
            Long.toString(pid),
            Long.toString(Pidfd.startTime(pid).orElseThrow())));
  }

  long pid() {
    return process.pid();
  }

  /** Tells whether it lives; costs nothing. */
  boolean isAlive() {
    return process.isAlive();
  }

  /** Writes a byte of the heartbeat. */
  void beat(byte value) throws IOException {
    process.getOutputStream().write(value);
    process.getOutputStream().flush();
  }

  /** Gives it a duplicate of a socket, and waits until it has it. */
  void give(int descriptor, Duration most) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(1);
      bytes.set(ValueLayout.JAVA_BYTE, 0, ControlMessage.SOCKET);
      control.sendDescriptors(bytes, most, descriptor);
      await(ControlMessage.ANSWER, most);
    }
  }

  /** Waits until it answers: it is awake. */
  void ask(Duration most) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(1);
      bytes.set(ValueLayout.JAVA_BYTE, 0, ControlMessage.ASK);
      control.write(bytes, most);
      await(ControlMessage.ANSWER, most);
    }
  }

  private void await(byte expected, Duration most) throws IOException {
    if (!control.awaitInput(most)) {
      throw new SocketTimeoutException("the guardian does not answer");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(1);
      if (control.read(bytes) < 0) {
        throw new IOException("the guardian has ended");
      }
      byte found = bytes.get(ValueLayout.JAVA_BYTE, 0);
      if (found != expected) {
        throw new IOException("the guardian's answer: expected " + expected + ", found " + found);
      }
    }
  }

  /** Tells it to end, and waits for that. */
  void quit() throws IOException {
    try {
      beat(ControlMessage.QUIT);
    } catch (IOException e) {
      // It has ended already.
    }
    if (!hasEndedWithin(LAST_PATIENCE)) {
      process.destroyForcibly();
    }
    close();
  }

  private boolean hasEndedWithin(Duration most) throws InterruptedIOException {
    try {
      return process.waitFor(most.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Kills it, if it lives, and waits for its end. */
  @Override
  public void close() throws IOException {
    control.close();
    process.destroyForcibly();
    if (!hasEndedWithin(LAST_PATIENCE)) {
      throw new IOException("the guardian, process " + pid() + ", does not end");
    }
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // What it has not read is not for anybody.
    }
  }
}
