package dev.cairn.tools.uffd;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long faults took, in buckets whose upper bounds are powers of two in microseconds, as QEMU's
 * postcopy tells them. Thread-safe.
 */
final class FaultTimes {
  private static final int BUCKETS = 40;

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

  void add(long nanos) {
    long micros = Math.max(0, nanos) / 1_000;
    counts.incrementAndGet(Math.min(BUCKETS - 1, Long.SIZE - Long.numberOfLeadingZeros(micros)));
  }

  void add(FaultTimes other) {
    for (int i = 0; i < BUCKETS; i++) {
      counts.addAndGet(i, other.counts.get(i));
    }
  }

  long count() {
    long all = 0;
    for (int i = 0; i < BUCKETS; i++) {
      all += counts.get(i);
    }
    return all;
  }

  /** Returns the bound in microseconds below which a fraction of all were answered; 0 for none. */
  long below(double fraction) {
    long due = (long) Math.ceil(fraction * count());
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += counts.get(i);
      if (seen >= due && seen > 0) {
        return 1L << i;
      }
    }
    return 0;
  }

  /** Returns the counts by their upper bounds in microseconds, without empty buckets. */
  Map<String, Long> buckets() {
    Map<String, Long> row = new LinkedHashMap<>();
    for (int i = 0; i < BUCKETS; i++) {
      if (counts.get(i) > 0) {
        row.put(Long.toString(1L << i), counts.get(i));
      }
    }
    return row;
  }
}
