package dev.cairn.tests.serve;

import dev.cairn.transport.rate.RateLimiter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.function.LongSupplier;

/** Time that goes by when somebody says so, or waits for a rate. Thread-safe. */
final class TestClock extends Clock implements RateLimiter.Timing {
  private static final Instant START = Instant.parse("2026-11-30T00:00:00Z");

  private final AtomicLong nanos = new AtomicLong();
  private final LongSupplier beside;

  /** Makes one that stands still. */
  TestClock() {
    this(() -> 0);
  }

  private TestClock(LongSupplier beside) {
    this.beside = beside;
  }

  /** Returns one by which two seconds are over whenever somebody looks at it. */
  static TestClock hasty() {
    AtomicLong looks = new AtomicLong();
    return new TestClock(() -> looks.incrementAndGet() * 2_000_000_000L);
  }

  /** Returns one that also goes by as time does. */
  static TestClock running() {
    long start = System.nanoTime();
    return new TestClock(() -> System.nanoTime() - start);
  }

  void advance(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Override
  public long nanoTime() {
    return nanos.get() + beside.getAsLong();
  }

  /** Who waits has waited: nobody else needs the time in between. */
  @Override
  public void await(Condition condition, long waited) {
    nanos.addAndGet(waited);
  }

  @Override
  public Instant instant() {
    return START.plusNanos(nanoTime());
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
