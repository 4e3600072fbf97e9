package dev.cairn.tests.hosts;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.BooleanSupplier;

/**
 * Counts what passes in one direction, paces it, and knows after which byte it is cut. Thread-safe.
 */
final class Gate {
  /** What 2 Gbit/s have on the way at 100 ms, and more: the delay must not limit the rate. */
  private static final long MOST_BYTES = 32 << 20;

  private static final long LEAST_BYTES = 256 << 10;

  /** So long bytes wait at most for a rate, as at a switch. */
  private static final long QUEUE_NANOS = 50_000_000;

  private final Queue<PlannedCut> plan = new ArrayDeque<>();
  private long passedBytes;

  /** Until the next cut; 0 while it is made. */
  private long leftBytes = Long.MAX_VALUE;

  private long bitsPerSecond;
  private long freeNanos;

  /**
   * How many bytes may pass.
   *
   * @param bytes at least one, or none for a connection that is cut
   * @param then the cut that whoever passes them makes behind the last one
   */
  record Grant(int bytes, Optional<Cut> then) {}

  /** Lets bytes pass, fewer than are wanted if a cut comes before; waits while a cut is made. */
  synchronized Grant take(int wantedBytes, BooleanSupplier isCut) throws InterruptedException {
    while (leftBytes == 0 && !isCut.getAsBoolean()) {
      wait();
    }
    if (isCut.getAsBoolean()) {
      return new Grant(0, Optional.empty());
    }
    int granted = (int) Math.min(wantedBytes, leftBytes);
    if (plan.isEmpty()) {
      return new Grant(granted, Optional.empty());
    }
    leftBytes -= granted;
    return new Grant(
        granted, leftBytes == 0 ? Optional.of(plan.element().how()) : Optional.empty());
  }

  /** Counts bytes that have passed. */
  synchronized void passed(int bytes) {
    passedBytes += bytes;
  }

  /** Goes on behind a cut that was made. */
  synchronized void next() {
    plan.poll();
    arm();
  }

  /** Takes a plan in place of another. */
  synchronized void plan(List<PlannedCut> cuts) {
    plan.clear();
    plan.addAll(cuts);
    arm();
  }

  private void arm() {
    leftBytes = plan.isEmpty() ? Long.MAX_VALUE : plan.element().afterBytes();
    notifyAll();
  }

  synchronized long passedBytes() {
    return passedBytes;
  }

  /** Limits what passes from now on; 0 does not. */
  synchronized void rate(long newBitsPerSecond, long nowNanos) {
    bitsPerSecond = newBitsPerSecond;
    freeNanos = nowNanos;
  }

  /** Returns how many bytes of one connection may be on the way, or wait for the rate. */
  synchronized long mostHeldBytes(long delayNanos) {
    if (bitsPerSecond == 0) {
      return MOST_BYTES;
    }
    double most = bitsPerSecond / 8e9 * (delayNanos + QUEUE_NANOS);
    return Math.clamp((long) most, LEAST_BYTES, MOST_BYTES);
  }

  /** Returns when so many bytes have gone by, behind all others that were told of. */
  synchronized long reserve(int bytes, long nowNanos) {
    if (bitsPerSecond == 0) {
      return nowNanos;
    }
    freeNanos =
        (freeNanos - nowNanos < 0 ? nowNanos : freeNanos) + bytes * 8_000_000_000L / bitsPerSecond;
    return freeNanos;
  }
}
