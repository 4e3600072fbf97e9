package dev.cairn.tools.guardian;

import java.time.Duration;

/**
 * When a capture was last heard of, against what it may take: wound by a beat, stopped when the
 * guest runs. Times are those of one clock in nanoseconds, given by the caller. Not thread-safe.
 *
 * <p>Who looks late gives a little more: if this machine, or both processes, stood still for a
 * while, the beat may be on its way.
 */
final class HeartbeatClock {
  private final long most;
  private boolean runs;
  private boolean forgave;
  private long end;

  HeartbeatClock(Duration maxPause) {
    this.most = maxPause.toNanos();
  }

  /** A beat came. */
  void wind(long now) {
    runs = true;
    forgave = false;
    end = now + most;
  }

  /** The guest runs. */
  void stop() {
    runs = false;
  }

  boolean isRunning() {
    return runs;
  }

  /** Returns how long to wait for the next beat; 0 or less: it has not come in time. */
  long left(long now) {
    if (!runs) {
      return Long.MAX_VALUE;
    }
    long left = end - now;
    if (left < -most / 8 && !forgave) {
      forgave = true;
      end = now + most / 8;
      left = end - now;
    }
    return left;
  }
}
