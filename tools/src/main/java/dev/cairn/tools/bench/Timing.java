package dev.cairn.tools.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Medians of several works that take turns, so that what else happens on the machine meets all of
 * them alike; every other round they go in reverse order. Half as many rounds again go before them
 * and do not count: a long-running process is warm. A collection of garbage counts for whom it
 * meets: one before each work would leave nobody a warm cache, and those who run more code would
 * pay more for it.
 */
final class Timing {
  /** Does the work once and returns the nanoseconds that count. */
  @FunctionalInterface
  interface Work {
    long nanos() throws IOException;
  }

  /** Something to take the time of. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException;
  }

  private Timing() {}

  /** Takes the time of an action, nanoseconds. */
  static long of(Action action) throws IOException {
    long start = System.nanoTime();
    action.run();
    return System.nanoTime() - start;
  }

  /**
   * Lets works take turns.
   *
   * @param rounds that count
   * @return for each work the median, nanoseconds
   */
  static long[] medians(int rounds, Work... works) throws IOException {
    long[][] taken = new long[works.length][rounds];
    for (int round = -1 - rounds / 2; round < rounds; round++) {
      for (int turn = 0; turn < works.length; turn++) {
        int i = (round & 1) == 0 ? turn : works.length - 1 - turn;
        long nanos = works[i].nanos();
        if (round >= 0) {
          taken[i][round] = nanos;
        }
      }
    }
    long[] result = new long[works.length];
    for (int i = 0; i < works.length; i++) {
      Arrays.sort(taken[i]);
      result[i] = taken[i][rounds / 2];
    }
    return result;
  }

  /** Returns a time for people. */
  static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
  }

  /** Returns a rate for people. */
  static String rate(long bytes, long nanos) {
    return String.format(Locale.ROOT, "%.0f MiB/s", bytes / 1048576.0 / (nanos / 1e9));
  }
}
