package dev.cairn.tools.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** How long a guest stood still at each of its faults. Not thread-safe. */
final class Standstills {
  private long[] nanos = new long[1024];
  private int count;

  void add(long taken) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = taken;
  }

  int count() {
    return count;
  }

  /** Returns the microseconds that a fraction of them did not exceed; there has to be one. */
  double micros(double fraction) {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(fraction * count) - 1)] / 1e3;
  }

  /**
   * Returns how many took how long, by upper bounds that are powers of two in microseconds, as QEMU
   * tells what faults of a postcopy took; from the first that has one to the last.
   */
  Map<Long, Long> buckets() {
    Map<Long, Long> counts = new LinkedHashMap<>();
    long least = bound(Arrays.stream(nanos, 0, count).min().orElse(0));
    long most = bound(Arrays.stream(nanos, 0, count).max().orElse(0));
    for (long bound = least; bound <= most; bound *= 2) {
      counts.put(bound, 0L);
    }
    for (int i = 0; i < count; i++) {
      counts.merge(bound(nanos[i]), 1L, Long::sum);
    }
    return counts;
  }

  private static long bound(long taken) {
    return Long.highestOneBit(Math.max(1, taken / 1000)) * 2;
  }
}
