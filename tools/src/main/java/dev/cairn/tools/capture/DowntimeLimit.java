package dev.cairn.tools.capture;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/**
 * How long QEMU may stand still at the end of a live migration: it stops the guest when what is
 * left can be sent within that. Short, and longer only for a guest that writes too fast for it. Not
 * thread-safe.
 */
final class DowntimeLimit {
  /** QEMU's parameter, in milliseconds. */
  static final String NAME = "downtime-limit";

  private final RunningQemu qemu;
  private final long mostMillis;
  private long millis;

  private DowntimeLimit(RunningQemu qemu, long millis, long mostMillis) {
    this.qemu = qemu;
    this.millis = millis;
    this.mostMillis = mostMillis;
  }

  /**
   * Returns one that begins short, and with another value than QEMU has: only what is changed at
   * first is put back at the end.
   */
  static DowntimeLimit begin(RunningQemu qemu, Duration maxPause) throws IOException {
    long old = qemu.execute("query-migrate-parameters", Map.of()).path(NAME).asLong();
    long begin = Math.max(1, maxPause.toMillis() / 8);
    return new DowntimeLimit(qemu, begin == old ? begin + 1 : begin, maxPause.toMillis() / 2);
  }

  /** Returns it, in milliseconds. */
  long millis() {
    return millis;
  }

  /** Doubles it, also for a migration that is under way; false if it is as long as it may be. */
  boolean raise() throws IOException {
    if (millis >= mostMillis) {
      return false;
    }
    millis = Math.min(mostMillis, 2 * millis);
    qemu.execute("migrate-set-parameters", Map.of(NAME, millis));
    return true;
  }
}
