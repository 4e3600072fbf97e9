package dev.cairn.transport.source;

import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.rate.RateLimiter;
import dev.cairn.transport.wire.ErrorCode;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What one client may have, whichever of its sessions asks: its rate, its memory, how often it may
 * take a hold. Thread-safe.
 */
final class Account {
  /** Most memory of a client's answers, bytes. */
  static final long MOST_MEMORY = 128L << 20;

  private static final long OPEN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;
  private final RateLimiter own;
  private final RateLimiter all;
  private final MemoryBudget memory;
  private final MemoryBudget windows;

  /** Held while the client's holds are counted and one more is taken. */
  private final ReentrantLock taking = new ReentrantLock();

  private long lastOpen; // guarded by this
  private boolean opened; // guarded by this

  Account(
      LongSupplier nanoTime,
      RateLimiter own,
      RateLimiter all,
      MemoryBudget memory,
      MemoryBudget windows) {
    this.nanoTime = nanoTime;
    this.own = own;
    this.all = all;
    this.memory = memory;
    this.windows = windows;
  }

  RateLimiter limiter() {
    return own;
  }

  ReentrantLock taking() {
    return taking;
  }

  MemoryBudget memory() {
    return memory;
  }

  MemoryBudget windows() {
    return windows;
  }

  /** Tells whether somebody has to wait for what goes. */
  boolean isLimited() {
    return own.rate() != RateLimiter.NONE || all.rate() != RateLimiter.NONE;
  }

  /**
   * Waits until bytes of bulk may go.
   *
   * @param gone whether nobody waits for them any more
   */
  void delay(long bytes, BooleanSupplier gone) throws InterruptedIOException {
    try {
      boolean _ = own.take(bytes, gone) && all.take(bytes, gone);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /** As {@link #delay}, of what a guest waits for: only with a debt of a second. */
  void count(long bytes, BooleanSupplier gone) throws InterruptedIOException {
    try {
      boolean _ = own.takeUrgently(bytes, gone) && all.takeUrgently(bytes, gone);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while bytes waited for their time");
  }

  /** Those who wait ask anew whether they are still wanted. */
  void wake() {
    own.wake();
    all.wake();
  }

  /**
   * Takes note of an OPEN.
   *
   * @throws FailureException if there was another one within the last second
   */
  synchronized void open() throws FailureException {
    long now = nanoTime.getAsLong();
    if (opened && now - lastOpen < OPEN_NANOS) {
      throw FailureException.of(ErrorCode.TOO_MUCH, "OPEN: one a second; try again");
    }
    opened = true;
    lastOpen = now;
  }

  /** Tells whether nothing is lost if this is forgotten. */
  synchronized boolean isIdle() {
    return !opened || nanoTime.getAsLong() - lastOpen >= OPEN_NANOS;
  }
}
