package dev.cairn.tools.resume;

import java.io.IOException;

/**
 * Keeps what is unsent in the socket so short that a page that is asked for is not long behind it:
 * 5 ms at the rate at which the destination takes bytes, 256 KiB at most. The rate is the best of
 * the last windows: a destination that was not scheduled for a while must not make its own buffer
 * ever smaller. Not thread-safe.
 */
final class Pace {
  static final int MOST_BYTES = 256 << 10;
  static final int LEAST_BYTES = 16 << 10;

  /** A guest asks for most when it has just begun: little is in its way then. */
  static final int FIRST_BYTES = 32 << 10;

  private static final long WINDOW_NANOS = 10_000_000;
  private static final int WINDOWS = 32;
  private static final long QUEUE_PER_SECOND = 200; // 5 ms

  /** Changes how many unsent bytes the socket takes. */
  @FunctionalInterface
  interface Limit {
    void unsent(int bytes) throws IOException;
  }

  private final Limit limit;
  private final double[] rates = new double[WINDOWS];
  private int next;
  private long windowStart = -1;
  private long windowBytes;
  private int bytes = FIRST_BYTES;

  /** Starts with little. */
  Pace(Limit limit) throws IOException {
    this.limit = limit;
    limit.unsent(bytes);
  }

  /** Returns how many unsent bytes the socket takes now. */
  int unsentBytes() {
    return bytes;
  }

  /**
   * Takes note of bytes that the socket has taken.
   *
   * @param nanos now
   */
  void wrote(long count, long nanos) throws IOException {
    if (windowStart < 0) {
      windowStart = nanos;
      return; // the first ones only fill the buffer
    }
    windowBytes += count;
    long elapsed = nanos - windowStart;
    if (elapsed < WINDOW_NANOS) {
      return;
    }
    rates[next++ % WINDOWS] = windowBytes * 1e9 / elapsed;
    windowStart = nanos;
    windowBytes = 0;
    double best = 0;
    for (double rate : rates) {
      best = Math.max(best, rate);
    }
    int wanted = (int) Math.clamp(best / QUEUE_PER_SECOND, LEAST_BYTES, MOST_BYTES);
    if (Math.abs(wanted - bytes) * 4L > bytes) {
      bytes = wanted;
      limit.unsent(bytes);
    }
  }
}
