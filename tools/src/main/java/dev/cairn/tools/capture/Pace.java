package dev.cairn.tools.capture;

import java.time.Duration;
import java.util.Optional;

/**
 * When the next checkpoint is due. A tick that is missed is left out, never made up for: a source
 * that cannot keep up is asked less often, and that is said. All times are nanoseconds of one
 * clock, given by the caller. Not thread-safe.
 */
final class Pace {
  /** So many intervals make the one that is told. */
  private static final int LATELY = 8;

  /** It is said again only if it is so much longer or shorter than what was said. */
  private static final double CHANGE = 1.25;

  private final long everyNanos;
  private final long[] begun = new long[LATELY + 1];
  private long count;
  private long due;
  private double said;

  /**
   * @param now when the first one is due
   */
  Pace(Duration every, long now) {
    this.everyNanos = every.toNanos();
    this.due = now;
    this.said = everyNanos;
  }

  /** Returns how long to wait for the next one; 0 or less if it is due. */
  long waitNanos(long now) {
    return due - now;
  }

  /** One was begun. The next one is due at the next tick that is not over by then. */
  void begin(long now) {
    begun[(int) (count % begun.length)] = now;
    count++;
    long late = now - due;
    due = late < everyNanos ? due + everyNanos : now + everyNanos;
  }

  /** Returns the mean interval lately; empty before there was one. */
  Optional<Duration> interval() {
    int intervals = (int) Math.min(count - 1, LATELY);
    if (intervals <= 0) {
      return Optional.empty();
    }
    long newest = begun[(int) ((count - 1) % begun.length)];
    long oldest = begun[(int) ((count - 1 - intervals) % begun.length)];
    return Optional.of(Duration.ofNanos((newest - oldest) / intervals));
  }

  /** Returns the interval if it has to be said: it is not what was asked for, or said last. */
  Optional<Duration> stretched() {
    if (count <= LATELY + 1) { // the first one is whole, and takes its time
      return Optional.empty();
    }
    double now = interval().orElseThrow().toNanos();
    boolean held = now < everyNanos * CHANGE;
    double tell = held ? everyNanos : now;
    if (tell < said * CHANGE && tell > said / CHANGE) {
      return Optional.empty();
    }
    said = tell;
    return Optional.of(Duration.ofNanos((long) tell));
  }
}
