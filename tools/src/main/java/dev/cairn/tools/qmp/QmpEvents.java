package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.cairn.tools.qmp.Qmp.Event;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The newest events: at most a thousand, and at most some megabytes of them. Thread-safe. */
final class QmpEvents {
  private static final int MOST_EVENTS = 1000;
  private static final long MOST_BYTES = 16 << 20;
  private static final long MOST_LATE_MICROS = 10_000_000;

  private record Kept(Event event, int bytes) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All guarded by the lock.
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();
  private long bytes;
  private long last;
  private @Nullable String lost;

  void add(String name, JsonNode line, int length) {
    JsonNode data = line.path("data");
    JsonNode known = data.isMissingNode() ? JsonNodeFactory.instance.objectNode() : data;
    lock.lock();
    try {
      last++;
      kept.addLast(new Kept(new Event(name, known, last, happened(line)), length));
      bytes += length;
      while (kept.size() > MOST_EVENTS || (bytes > MOST_BYTES && kept.size() > 1)) {
        bytes -= kept.removeFirst().bytes();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns when an event happened, by this process's clock: pauses are milliseconds, and two
   * events may be read at once. QEMU tells the time of day; where that was set meanwhile, it is
   * now.
   */
  private static long happened(JsonNode line) {
    long now = System.nanoTime();
    JsonNode time = line.path("timestamp");
    Instant clock = Instant.now();
    long micros = clock.getEpochSecond() * 1_000_000 + clock.getNano() / 1_000;
    long ago =
        micros - time.path("seconds").asLong() * 1_000_000 - time.path("microseconds").asLong();
    return ago < 0 || ago > MOST_LATE_MICROS ? now : now - ago * 1_000;
  }

  /** No more will come. */
  void lost(String why) {
    lock.lock();
    try {
      lost = why;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  long last() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  /** As {@link Qmp#awaitEvent}. */
  Optional<Event> await(long after, Predicate<Event> wanted, long nanos)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + nanos;
    long seen = after;
    while (true) {
      List<Event> events;
      String ended;
      lock.lock();
      try {
        long left = end - System.nanoTime();
        while (last <= seen && lost == null && left > 0) {
          boolean inTime = changed.await(left, TimeUnit.NANOSECONDS);
          left = inTime ? end - System.nanoTime() : 0;
        }
        long from = seen;
        events = kept.stream().map(Kept::event).filter(e -> e.number() > from).toList();
        seen = Math.max(seen, last);
        ended = lost;
      } finally {
        lock.unlock();
      }
      // Not under the lock: what is asked of an event is the caller's.
      for (Event event : events) {
        if (wanted.test(event)) {
          return Optional.of(event);
        }
      }
      if (ended != null && isAllSeen(seen)) {
        throw new QmpLostException(ended);
      }
      if (end - System.nanoTime() <= 0) {
        return Optional.empty();
      }
    }
  }

  private boolean isAllSeen(long seen) {
    return last() <= seen;
  }
}
