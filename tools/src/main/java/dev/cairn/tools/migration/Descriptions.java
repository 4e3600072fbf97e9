package dev.cairn.tools.migration;

import dev.cairn.store.DeviceSection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Whether a description is that of a state. QEMU sends one with a first stream only; the states of
 * later checkpoints may have lists of other lengths.
 */
public final class Descriptions {
  /** Version of a description that is of an earlier state of the same machine. */
  private static final int EARLIER = 2;

  private Descriptions() {}

  /**
   * Returns the sections of a first stream with later devices in the place of its own. Its
   * description says by its version where it does not fit them: QEMU skips it, but wants one.
   *
   * @param first as {@link StreamReader#readState} made them; others stay as they are
   */
  public static List<DeviceSection> replaced(List<DeviceSection> first, DeviceSection devices) {
    List<DeviceSection> sections = new ArrayList<>();
    for (DeviceSection section : first) {
      sections.add(
          switch (section.name()) {
            case StreamReader.DEVICES -> devices;
            case StreamReader.DESCRIPTION ->
                fits(devices.content(), section.content())
                    ? section
                    : new DeviceSection(section.name(), EARLIER, section.content());
            default -> section;
          });
    }
    return sections;
  }

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
