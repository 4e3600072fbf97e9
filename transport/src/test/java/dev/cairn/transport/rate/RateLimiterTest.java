package dev.cairn.transport.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.Test;

/** How long bytes wait. */
class RateLimiterTest {
  private static final double SECOND = 1e9;

  /** Time that goes by for who waits. */
  private static final class Time implements RateLimiter.Timing {
    private long nanos;

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public void await(Condition condition, long waited) {
      nanos += waited;
    }
  }

  private final Time time = new Time();

  private void take(RateLimiter limiter, long bytes) throws InterruptedException {
    assertTrue(limiter.take(bytes, () -> false));
  }

  @Test
  void bytesTakeTheTimeThatTheRateSays() throws InterruptedException {
    RateLimiter limiter = new RateLimiter(time, 1_000_000);
    for (int i = 0; i < 100; i++) {
      take(limiter, 64 << 10);
    }
    // The first goes at once, each other one when those before are paid.
    assertEquals(99 * (64 << 10) / 1e6, time.nanos / SECOND, 0.001);
  }

  @Test
  void withoutARateNobodyWaits() throws InterruptedException {
    RateLimiter limiter = new RateLimiter(time, RateLimiter.NONE);
    for (int i = 0; i < 100; i++) {
      take(limiter, 1L << 30);
    }
    assertEquals(0, time.nanos);
  }

  @Test
  void whatWasNotUsedIsLostButForAFiftiethOfASecond() throws InterruptedException {
    RateLimiter limiter = new RateLimiter(time, 1_000_000);
    time.nanos = (long) (100 * SECOND);
    long start = time.nanos;
    take(limiter, 20_000);
    take(limiter, 1_000_000);
    assertEquals(start, time.nanos, "the credit");
    take(limiter, 1);
    assertEquals(1.0, (time.nanos - start) / SECOND, 0.001);
  }

  @Test
  void whatIsUrgentWaitsOnlyForADebtOfMoreThanASecond() throws InterruptedException {
    RateLimiter limiter = new RateLimiter(time, 1_000_000);
    take(limiter, 900_000);
    assertTrue(limiter.takeUrgently(4096, () -> false));
    assertEquals(0, time.nanos);
    assertTrue(limiter.takeUrgently(2_000_000, () -> false));
    assertEquals(0, time.nanos, "the debt was less than a second's worth");
    assertTrue(limiter.takeUrgently(4096, () -> false));
    assertEquals(1.904, time.nanos / SECOND, 0.001);
    // It counts: bulk pays for it.
    take(limiter, 1);
    assertEquals(2.908, time.nanos / SECOND, 0.001);
  }

  @Test
  void aChangedRateIsThatOfWhoWaitsNow() throws InterruptedException {
    RateLimiter limiter = new RateLimiter(time, 1_000);
    take(limiter, 1_000_000); // a thousand seconds
    CountDownLatch waits = new CountDownLatch(1);
    RateLimiter.Timing real = RateLimiter.Timing.system();
    RateLimiter waiting =
        new RateLimiter(
            new RateLimiter.Timing() {
              @Override
              public long nanoTime() {
                return real.nanoTime();
              }

              @Override
              public void await(Condition condition, long nanos) throws InterruptedException {
                waits.countDown();
                real.await(condition, nanos);
              }
            },
            1);
    assertTrue(waiting.take(1_000_000, () -> false));
    AtomicBoolean went = new AtomicBoolean();
    Thread thread = Thread.ofVirtual().start(() -> went.set(takeNow(waiting)));
    assertTrue(waits.await(60, TimeUnit.SECONDS));
    waiting.setRate(RateLimiter.NONE);
    assertTrue(thread.join(Duration.ofSeconds(60)));
    assertTrue(went.get());
    limiter.setRate(1_000_000);
    take(limiter, 1);
    assertEquals(1.0, time.nanos / SECOND, 0.001);
  }

  private static boolean takeNow(RateLimiter limiter) {
    try {
      return limiter.take(1, () -> false);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void whoIsGoneGivesBackWhatItTook() throws InterruptedException {
    RateLimiter limiter = new RateLimiter(time, 1_000);
    take(limiter, 1_000);
    AtomicInteger asked = new AtomicInteger();
    assertFalse(limiter.take(1_000_000, () -> asked.incrementAndGet() > 1));
    assertEquals(1.0, time.nanos / SECOND, 0.001);
    take(limiter, 1_000);
    assertEquals(1.0, time.nanos / SECOND, 0.001, "nobody waits for what never went");
    take(limiter, 1);
    assertEquals(2.0, time.nanos / SECOND, 0.001);
  }
}
