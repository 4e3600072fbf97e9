package dev.cairn.chain.retention;

import java.time.Instant;

/**
 * What retention knows of a restore point. Immutable.
 *
 * @param checkpoint its number; numbers give the order
 * @param time of the VM's checkpoint, by a clock that may have run backwards
 * @param label or "" for none
 * @param pinned by the user
 * @param held by a hold, such as a running transfer
 */
public record RetentionPoint(
    long checkpoint, Instant time, String label, boolean pinned, boolean held) {
  public RetentionPoint {
    if (checkpoint < 0) {
      throw new IllegalArgumentException("checkpoint " + checkpoint);
    }
  }
}
