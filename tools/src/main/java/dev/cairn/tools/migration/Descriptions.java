package dev.cairn.tools.migration;

import java.util.Arrays;

/**
 * Whether a description is that of a state. QEMU sends one with a first stream only; the states of
 * later checkpoints may have lists of other lengths.
 */
public final class Descriptions {
  private Descriptions() {}

  /**
   * Tells whether a description, walked over a state from its first section on, comes out at its
   * end.
   *
   * @param devices closing EOF byte included
   * @param description JSON
   */
  public static boolean fits(byte[] devices, byte[] description) {
    byte[] both = Arrays.copyOf(devices, devices.length + description.length);
    System.arraycopy(description, 0, both, devices.length, description.length);
    return devices.length > 0
        && new DescriptionWalk(both, devices.length - 1).comesOut(devices.length, both.length);
  }
}
