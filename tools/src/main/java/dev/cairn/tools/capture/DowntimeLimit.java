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

  DowntimeLimit(RunningQemu qemu, Duration maxPause) {
    this.qemu = qemu;
    this.mostMillis = maxPause.toMillis() / 2;
    this.millis = Math.max(1, maxPause.toMillis() / 8);
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
