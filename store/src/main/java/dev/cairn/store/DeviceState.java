package dev.cairn.store;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A machine's state outside its RAM at one point: sections with distinct names. Immutable.
 *
 * @param sections in the order of the source; empty where only memory is stored
 */
public record DeviceState(List<DeviceSection> sections) {
  /** Most bytes of a point's sections in all. */
  public static final long MAX_BYTES = 1L << 30;

  /** No state at all. */
  public static final DeviceState NONE = new DeviceState(List.of());

  public DeviceState {
    sections = List.copyOf(sections);
    Set<String> names = new HashSet<>();
    for (DeviceSection section : sections) {
      if (!names.add(section.name())) {
        throw new IllegalArgumentException("device section " + section.name() + " stands twice");
      }
    }
  }

  /** Returns the section of that name. */
  public Optional<DeviceSection> find(String name) {
    return sections.stream().filter(s -> s.name().equals(name)).findFirst();
  }
}
