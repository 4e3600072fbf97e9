package dev.cairn.transport.source;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Workers that are free, as many as answers were under way at once, of which some are kept.
 * Thread-safe.
 */
final class PageWorkers {
  private static final int MOST_KEPT = 16;

  private final Deque<PageWorker> free = new ArrayDeque<>(); // guarded by this
  private boolean closed; // guarded by this

  PageWorker take(int pageSize) {
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

  void give(PageWorker worker) {
    synchronized (this) {
      if (!closed && free.size() < MOST_KEPT) {
        free.push(worker);
        return;
      }
    }
    worker.close();
  }

  /** Frees what is not in use; the rest is freed when it is given back. */
  synchronized void close() {
    closed = true;
    free.forEach(PageWorker::close);
    free.clear();
  }
}
