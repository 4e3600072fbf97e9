package dev.cairn.tools.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the device sections of a state stand, found by the description of their fields: they carry
 * no lengths. Immutable.
 *
 * @param sections in the state's order
 */
public record DeviceSections(List<Section> sections) {
  /**
   * One of them.
   *
   * @param name such as {@code cpu} or {@code 0000:00:1f.2/ich9_ahci}
   * @param from first byte of its body in the state
   * @param to behind its body
   */
  public record Section(String name, int instance, int from, int to) {}

  public DeviceSections {
    sections = List.copyOf(sections);
  }

  /**
   * Walks a state.
   *
   * @param devices closing EOF byte included
   * @param description as QEMU wrote it
   * @return nothing if one does not describe the other
   */
  public static Optional<DeviceSections> of(byte[] devices, byte[] description) {
    List<Section> found = new ArrayList<>();
    DescriptionWalk walk =
        new DescriptionWalk(
            devices,
            devices.length - 1,
            (name, instance, from, to) -> found.add(new Section(name, instance, from, to)));
    return walk.comesOut(description, 0, description.length)
        ? Optional.of(new DeviceSections(found))
        : Optional.empty();
  }

  /** Returns the section of that name whose instance is 0. */
  public Optional<Section> find(String name) {
    return sections.stream().filter(s -> s.instance == 0 && s.name.equals(name)).findFirst();
  }

  /** Returns how many sections have that name. */
  public long count(String name) {
    return sections.stream().filter(s -> s.name.equals(name)).count();
  }
}
