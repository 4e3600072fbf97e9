package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * A QEMU that a capture is attached to: what modes need. Immutable; what it names is of others.
 *
 * @param qemu its settings are those of the mode
 * @param watch over its guest
 * @param memory that spools take
 * @param machine sections that every point gets, such as {@code machine}
 * @param limits of the capture
 * @param downtime of live migrations
 * @param clock that points carry the time of
 */
record Attachment(
    RunningQemu qemu,
    PauseWatch watch,
    SpoolMemory memory,
    List<DeviceSection> machine,
    Limits limits,
    DowntimeLimit downtime,
    Clock clock) {
  /** The name by which QEMU gets its end of the socket. */
  static final String DESCRIPTOR = "cairn";

  /**
   * Bounds. Immutable.
   *
   * @param maxPause {@code --max-pause}: after it others free the guest
   * @param mostStateBytes longest device state
   */
  record Limits(Duration maxPause, long mostStateBytes) {
    /** Within this Cairn frees the guest by itself. */
    Duration ownPause() {
      return maxPause.multipliedBy(3).dividedBy(4);
    }

    /** The longest time between two beats. */
    Duration beat() {
      return maxPause.dividedBy(8);
    }
  }

  Attachment {
    machine = List.copyOf(machine);
  }
}
