package dev.cairn.tools.command;

import java.util.concurrent.TimeUnit;

/**
 * Draws once a second that a work goes on, and for how long, until it is closed: for a work that
 * cannot tell how far it is. Thread-safe.
 */
final class Elapsed implements AutoCloseable {
  private final String what;
  private final StatusLine line;
  private final long begin = System.nanoTime();
  private final Thread painter;
  private boolean closed;

  Elapsed(String what, StatusLine line) {
    this.what = what;
    this.line = line;
    this.painter = Thread.ofPlatform().daemon().name("cairn-elapsed").start(this::paint);
  }

  private void paint() {
    try {
      while (true) {
        TimeUnit.SECONDS.sleep(1);
        draw();
      }
    } catch (InterruptedException e) {
      // The work has ended.
    }
  }

  /** After the end nothing may be drawn: what follows is on a line of its own. */
  private synchronized void draw() {
    if (!closed) {
      line.draw(() -> what + ", " + Console.time((System.nanoTime() - begin) / 1e9) + " ");
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    painter.interrupt();
    line.clear();
  }
}
