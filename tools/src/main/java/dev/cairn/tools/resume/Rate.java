package dev.cairn.tools.resume;

/**
 * When the next bytes may go, if somebody wants no more than so many a second. What was not used is
 * not saved up. Not thread-safe.
 */
final class Rate {
  private final long bytesPerSecond;
  private long next;

  /**
   * Makes one.
   *
   * @param bytesPerSecond 0 for as many as can be
   */
  Rate(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Returns how long to wait, nanoseconds; 0 or less for not at all. */
  long waitNanos(long now) {
    return bytesPerSecond == 0 ? 0 : next - now;
  }

  /** Takes note of bytes that went. */
  void went(long bytes, long now) {
    if (bytesPerSecond > 0) {
      next = Math.max(next, now) + (long) (bytes * 1e9 / bytesPerSecond);
    }
  }
}
