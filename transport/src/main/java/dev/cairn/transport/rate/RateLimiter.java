package dev.cairn.transport.rate;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Bytes a second, for all who share it, in the order in which they come; may be changed while
 * somebody waits. Thread-safe.
 *
 * <p>Who comes takes what it needs at once and waits until all that was taken before it has been
 * paid by time. So a debt is known, and who must not wait (a page that a guest waits for) can take
 * without waiting, as long as it is less than a second's worth: the others wait for it.
 */
public final class RateLimiter {
  /** The rate at which nobody waits. */
  public static final long NONE = 0;

  /**
   * A part of a second that is not used is not lost at once: who sleeps a little too long catches
   * up.
   */
  private static final int CREDITS_A_SECOND = 50;

  private static final double SECOND = 1e9;

  /** How time goes by. */
  public interface Timing {
    /** Returns nanoseconds, as {@link System#nanoTime}. */
    long nanoTime();

    /** Waits on a condition whose lock is held, at most so long. */
    void await(Condition condition, long nanos) throws InterruptedException;

    /** Returns that of this machine. */
    static Timing system() {
      return new Timing() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // who calls it does so in a loop
        public void await(Condition condition, long nanos) throws InterruptedException {
          condition.awaitNanos(nanos);
        }
      };
    }
  }

  private final Timing timing;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long rate; // guarded by lock, as all below

  // Since the beginning: exact up to 2^53 bytes, and near enough behind.
  private double taken;
  private double paid;

  private long paidAt;

  /**
   * Makes a limiter.
   *
   * @param bytesPerSecond or {@link #NONE}
   */
  public RateLimiter(Timing timing, long bytesPerSecond) {
    this.timing = timing;
    this.rate = bytesPerSecond;
    this.paidAt = timing.nanoTime();
  }

  /** Changes the rate; who waits now waits by the new one. */
  public void setRate(long bytesPerSecond) {
    if (bytesPerSecond < 0) {
      throw new IllegalArgumentException("a rate of " + bytesPerSecond);
    }
    lock.lock();
    try {
      pay();
      rate = bytesPerSecond;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns bytes a second, or {@link #NONE}. */
  public long rate() {
    lock.lock();
    try {
      return rate;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes bytes, and waits until all that was taken before is paid.
   *
   * @param gone whether nobody wants them any more; asked anew after {@link #wake}
   * @return whether they may go; if not they are given back
   */
  public boolean take(long bytes, BooleanSupplier gone) throws InterruptedException {
    return take(bytes, 0, gone);
  }

  /** As {@link #take}, but waits only while the debt is more than a second's worth. */
  public boolean takeUrgently(long bytes, BooleanSupplier gone) throws InterruptedException {
    return take(bytes, 1, gone);
  }

  private boolean take(long bytes, int seconds, BooleanSupplier gone) throws InterruptedException {
    lock.lock();
    boolean done = false;
    try {
      pay();
      double before = taken;
      taken += bytes;
      while (!gone.getAsBoolean()) {
        pay();
        double due = before - paid - (double) seconds * rate;
        if (rate == NONE || due <= 0) {
          done = true;
          return true;
        }
        // A whole number of nanoseconds more: else it would be a little too early for ever.
        timing.await(changed, (long) Math.min(due / rate * SECOND, 1e15) + 1);
      }
      return false;
    } finally {
      if (!done) {
        paid += bytes; // those behind must not wait for what never goes
        changed.signalAll();
      }
      lock.unlock();
    }
  }

  /** Has those who wait ask anew whether they are still wanted. */
  public void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void pay() {
    long now = timing.nanoTime();
    if (rate == NONE) {
      paid = taken;
    } else {
      double credit = (double) rate / CREDITS_A_SECOND;
      paid = Math.min(paid + (now - paidAt) / SECOND * rate, taken + credit);
    }
    paidAt = now;
  }
}
