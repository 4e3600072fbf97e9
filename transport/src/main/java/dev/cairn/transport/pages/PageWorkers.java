package dev.cairn.transport.pages;

import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Workers that are free, as many as answers were under way at once, of which some are kept.
 * Thread-safe.
 */
public final class PageWorkers implements Closeable {
  private static final int MOST_KEPT = 16;

  private final Deque<PageWorker> free = new ArrayDeque<>(); // guarded by this
  private boolean closed; // guarded by this

  /** Makes an empty one. */
  public PageWorkers() {}

  /** Takes one that nobody else has until it is given back. */
  public PageWorker take(int pageSize) {
    synchronized (this) {
      for (PageWorker worker : free) {
        if (worker.pageSize() == pageSize) {
          free.remove(worker);
          return worker;
        }
      }
    }
    return new PageWorker(pageSize);
  }

  /** Gives one back. */
  public void give(PageWorker worker) {
    synchronized (this) {
      if (!closed && free.size() < MOST_KEPT) {
        free.push(worker);
        return;
      }
    }
    worker.close();
  }

  /** Frees what is not in use; the rest is freed when it is given back. */
  @Override
  public synchronized void close() {
    closed = true;
    free.forEach(PageWorker::close);
    free.clear();
  }
}
