package dev.cairn.transport.rdma;

/**
 * How long it is worth to poll before one sleeps, as hypervisors poll before they halt a virtual
 * processor: longer where what came came soon after one had gone to sleep, shorter where polling
 * found nothing. For one thread.
 */
final class AdaptivePolling {
  /** What a wake-up costs, nanoseconds, and a little more: longer polling never pays. */
  static final long MOST = 50_000;

  static final long FIRST = 5_000;

  private long budget;

  /** Returns for how long to poll now, nanoseconds; 0 not at all. */
  long budget() {
    return budget;
  }

  /**
   * Polling found nothing, or there was none; this is what became of the sleep.
   *
   * @param nanos how long it was
   * @param woken by something, not by its end
   */
  void slept(long nanos, boolean woken) {
    if (woken && nanos < MOST) {
      budget = budget == 0 ? FIRST : Math.min(MOST, 2 * budget);
    } else {
      budget = budget <= FIRST ? 0 : budget / 2;
    }
  }
}
