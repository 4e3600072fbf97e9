package dev.cairn.transport.pages;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** How long answers took lately, and so from when on one is slow. Thread-safe. */
final class AnswerTimes {
  private static final int KEPT = 64;
  private static final int TIMES_MEDIAN = 4;
  private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(20);

  private final long[] last = new long[KEPT];
  private final long[] sorted = new long[KEPT];
  private int count;

  synchronized void add(long nanos) {
    last[count++ % KEPT] = nanos;
    if (count == 2 * KEPT) {
      count = KEPT; // the same place, and still full
    }
  }

  /** Returns after how long another source is asked, too. */
  synchronized long slowNanos() {
    int kept = Math.min(count, KEPT);
    if (kept == 0) {
      return LEAST;
    }
    System.arraycopy(last, 0, sorted, 0, kept);
    Arrays.sort(sorted, 0, kept);
    return Math.max(LEAST, TIMES_MEDIAN * sorted[kept / 2]);
  }
}
