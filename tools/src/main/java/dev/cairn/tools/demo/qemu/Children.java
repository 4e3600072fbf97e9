package dev.cairn.tools.demo.qemu;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Owns the processes of a demonstration: whatever becomes of it, none of them outlives it. Each is
 * killed at the deadline. Thread-safe.
 */
final class Children implements Closeable {
  private static final int LAST_PATIENCE_SECONDS = 10;

  private final List<Process> all = new ArrayList<>();
  private final Thread hook = new Thread(this::killAll, "demo-end");
  private final Thread deadline;

  /**
   * Begins to watch.
   *
   * @param seconds after which all are killed
   */
  Children(long seconds) {
    Runtime.getRuntime().addShutdownHook(hook);
    deadline = Thread.ofVirtual().start(() -> killAfter(seconds));
  }

  private void killAfter(long seconds) {
    try {
      TimeUnit.SECONDS.sleep(seconds);
      killAll();
    } catch (InterruptedException e) {
      // The demonstration has ended in time.
    }
  }

  /** Starts one. */
  synchronized Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    all.add(process);
    return process;
  }

  private synchronized void killAll() {
    all.forEach(Process::destroyForcibly);
  }

  /** Waits for an end, at most so long. */
  static boolean await(Process process, long millis) throws IOException {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Kills all that is left and waits for its end. */
  @Override
  public synchronized void close() throws IOException {
    deadline.interrupt();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs already: the whole JVM ends.
    }
    killAll();
    for (Process process : all) {
      if (!await(process, LAST_PATIENCE_SECONDS * 1000L)) {
        throw new IOException("process " + process.pid() + " does not end");
      }
    }
  }
}
