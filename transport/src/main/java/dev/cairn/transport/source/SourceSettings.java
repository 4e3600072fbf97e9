package dev.cairn.transport.source;

import dev.cairn.transport.rate.RateLimiter;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;

/**
 * What a source has of the world around it. Immutable.
 *
 * @param timing by which rates are kept
 * @param threads make those that answer what takes long
 * @param rates how fast it answers
 * @param memoryBytes that answers may need at once, of all clients
 * @param holdTime how long a hold is kept that nobody uses
 * @param log is told what a person would act on; by any thread, must not wait
 */
public record SourceSettings(
    RateLimiter.Timing timing,
    ThreadFactory threads,
    Rates rates,
    long memoryBytes,
    Duration holdTime,
    Log log) {
  /** How long a hold is kept that nobody uses, unless somebody says otherwise. */
  public static final Duration HOLD_TIME = Duration.ofDays(7);

  /**
   * Bytes a second, or {@link RateLimiter#NONE}.
   *
   * @param all of all clients
   * @param ofClient of each
   */
  public record Rates(long all, long ofClient) {
    /** No limit. */
    public static final Rates FREE = new Rates(RateLimiter.NONE, RateLimiter.NONE);
  }

  /** Is told what a person would act on, or wants to know afterwards. */
  @FunctionalInterface
  public interface Log {
    void event(String text);
  }

  /** Returns those of this machine. */
  public static SourceSettings standard(Rates rates, Log log) {
    return new SourceSettings(
        RateLimiter.Timing.system(),
        Thread.ofVirtual().name("cairn-source-", 0).factory(),
        rates,
        Runtime.getRuntime().maxMemory() / 2,
        HOLD_TIME,
        log);
  }
}
