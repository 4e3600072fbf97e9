package dev.cairn.tools.guardian;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Says things by a thread of its own: whoever reads them may be stopped as well, and a guest must
 * not wait for that. What finds no room is left out. Thread-safe.
 */
final class Sayings implements Consumer<String> {
  private static final int MOST_LINES = 64;

  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(MOST_LINES);
  private final PrintStream out;
  private final Thread thread;
  private volatile boolean last;

  Sayings(PrintStream out) {
    this.out = out;
    this.thread = Thread.ofPlatform().daemon().name("sayings").start(this::print);
  }

  @Override
  public void accept(String line) {
    lines.offer("cairn: guardian: " + line);
  }

  private void print() {
    try {
      while (!last || !lines.isEmpty()) {
        String line = lines.poll(50, TimeUnit.MILLISECONDS);
        if (line != null) {
          out.println(line);
        }
      }
      out.flush();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits a moment until all is said. */
  void finish(Duration most) throws InterruptedException {
    last = true;
    thread.join(most);
  }
}
