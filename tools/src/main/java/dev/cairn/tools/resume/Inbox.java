package dev.cairn.tools.resume;

import dev.cairn.tools.migration.ReturnPath;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What the sender of a postcopy has to look at next: an end first, then what the destination says,
 * then its requests, then that missing pages came, then pages that were read ahead. Thread-safe.
 */
final class Inbox {
  /** One of them. */
  sealed interface Item {}

  /**
   * The destination said something other than a request.
   *
   * @param nanos when it came
   */
  record Said(ReturnPath.Message message, long nanos) implements Item {}

  /** The destination needs pages. */
  record Asked(ReturnPath.Request request) implements Item {}

  /** Pages came that were missing: what waits for some is to be looked at again. */
  record Arrived() implements Item {}

  /**
   * Pages were read ahead.
   *
   * @param wanted those that were asked for
   * @param present those of them that are not zero
   * @param pages memory of a word; the reader's again once they are sent
   */
  record Loaded(BulkOrder.Word word, long wanted, long present, MemorySegment pages)
      implements Item {
    /** Returns the same with fewer of them left to send. */
    Loaded rest(long left) {
      return new Loaded(word, left, present, pages);
    }
  }

  /** So many requests wait at most; the destination waits, then, before it asks for more. */
  private static final int MOST = 1 << 16;

  private final Deque<Said> said = new ArrayDeque<>();
  private final Deque<Asked> asked = new ArrayDeque<>();
  private final Deque<Loaded> loaded = new ArrayDeque<>();
  private boolean arrived;
  private @Nullable IOException failure;

  /** Takes a message; waits while too many requests are there. */
  synchronized void put(ReturnPath.Message message) throws InterruptedIOException {
    try {
      while (asked.size() + said.size() >= MOST && failure == null) {
        wait();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    if (message instanceof ReturnPath.Request request) {
      asked.add(new Asked(request));
    } else {
      said.add(new Said(message, System.nanoTime()));
    }
    notifyAll();
  }

  synchronized void put(Loaded pages) {
    loaded.add(pages);
    notifyAll();
  }

  /** Pages came that were missing; told once, however many. */
  synchronized void arrived() {
    arrived = true;
    notifyAll();
  }

  /** Puts back what is left of pages that were taken: they are the next ones again. */
  synchronized void putBack(Loaded rest) {
    loaded.addFirst(rest);
  }

  /** Ends it: whoever waits gets this failure, the first one that was told. */
  synchronized void end(IOException why) {
    if (failure == null) {
      failure = why;
    }
    notifyAll();
  }

  /** Tells whether {@link #take} would wait. */
  synchronized boolean isEmpty() {
    return failure == null && said.isEmpty() && asked.isEmpty() && !arrived && loaded.isEmpty();
  }

  /**
   * Waits for the next one.
   *
   * @param requests whether requests and pages are wanted, or only what the destination says else
   * @param room whether there is room for pages that were read ahead
   * @param waitNanos pages that were read ahead are not wanted before
   * @return null if there was something to wait for, and nothing has come until then
   */
  synchronized @Nullable Item take(boolean requests, boolean room, long waitNanos)
      throws IOException {
    long end = System.nanoTime() + waitNanos;
    try {
      while (true) {
        long early = waitNanos > 0 ? end - System.nanoTime() : 0;
        Item next = next(requests, requests && room && early <= 0);
        if (next != null || (waitNanos > 0 && early <= 0)) {
          notifyAll();
          return next;
        }
        wait(early > 0 ? early / 1_000_000 + 1 : 0);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private @Nullable Item next(boolean requests, boolean pages) throws IOException {
    if (!said.isEmpty()) {
      return said.remove();
    }
    if (failure != null) {
      throw failure;
    }
    if (requests && !asked.isEmpty()) {
      return asked.remove();
    }
    if (requests && arrived) {
      arrived = false;
      return new Arrived();
    }
    return pages ? loaded.poll() : null;
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("resume interrupted");
  }
}
