package dev.cairn.tools.bench;

import dev.cairn.tools.linux.FaultingMemory;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A guest of one thread that touches pages that are missing, one after the other and in no order,
 * and who gives them to it. Not thread-safe.
 */
final class FaultRounds {
  /** So long a page may take: then something is broken. */
  private static final int DEADLINE_MILLIS = 30_000;

  private FaultRounds() {}

  /**
   * Has pages touched, and gives each as it comes by a way.
   *
   * @param pages each once; the first 8 bytes of a page are its number
   * @param times gets how long the guest stood still for each
   */
  static void run(FaultingMemory memory, PageWay way, long[] pages, Standstills times)
      throws IOException {
    memory.forget();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread guest =
        Thread.ofPlatform()
            .name("cairn-bench-guest")
            .daemon()
            .uncaughtExceptionHandler((_, e) -> failure.set(e))
            .start(() -> touch(memory, pages, times));
    boolean done = false;
    try {
      for (long page : pages) {
        give(memory, way, page);
      }
      done = true;
    } finally {
      if (!done) {
        memory.letGo();
      }
      join(guest);
    }
    Throwable why = failure.get();
    if (why != null) {
      throw new IOException("the guest of the bench: " + why, why);
    }
    check(memory, pages);
  }

  private static void touch(FaultingMemory memory, long[] pages, Standstills times) {
    for (long page : pages) {
      long before = System.nanoTime();
      memory.touch(page);
      times.add(System.nanoTime() - before);
    }
  }

  private static void give(FaultingMemory memory, PageWay way, long expected) throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_MILLIS);
    OptionalLong page = memory.nextFault(DEADLINE_MILLIS);
    while (page.isEmpty() && System.nanoTime() - end < 0) {
      page = memory.nextFault(DEADLINE_MILLIS); // a signal came between
    }
    if (page.isEmpty() || page.getAsLong() != expected) {
      throw new IOException("a fault: expected page " + expected + ", found " + page);
    }
    way.page(expected, content -> memory.give(expected, content));
  }

  private static void check(FaultingMemory memory, long[] pages) throws IOException {
    for (long page : pages) {
      long found = memory.page(page).get(ValueLayout.JAVA_LONG, 0);
      if (found != page) {
        throw new IOException("the guest's page " + page + ": found that of page " + found);
      }
    }
  }

  private static void join(Thread guest) throws IOException {
    try {
      guest.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while faults were measured", e);
    }
  }
}
