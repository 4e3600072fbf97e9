package dev.cairn.tools.demo;

import java.util.Arrays;

/** How long each page fault took to answer. Thread-safe. */
final class ServiceTimes {
  private long[] nanos = new long[1024];
  private int count;
  private int zeros;

  /** Notes one answer. */
  synchronized void add(long nanosTaken, boolean zero) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, count * 2);
    }
    nanos[count++] = nanosTaken;
    zeros += zero ? 1 : 0;
  }

  synchronized int count() {
    return count;
  }

  /** Returns how many of the answers were zero pages. */
  synchronized int zeros() {
    return zeros;
  }

  /** Returns the time in microseconds that a fraction of all answers did not exceed. */
  synchronized double micros(double fraction) {
    if (count == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(count - 1L, Math.round(fraction * (count - 1)))] / 1e3;
  }
}
