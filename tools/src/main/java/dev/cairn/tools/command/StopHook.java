package dev.cairn.tools.command;

import java.util.concurrent.CountDownLatch;

/**
 * Somebody who tells this process to end waits until what it does has come to its own end, and this
 * is closed.
 */
final class StopHook implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  /** Has {@code stop} run when the process is told to end. */
  StopHook(Runnable stop) {
    hook = new Thread(() -> end(stop), "cairn-stop");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void end(Runnable stop) {
    stop.run();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs: this process is about to end.
    }
  }
}
