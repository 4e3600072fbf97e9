package dev.cairn.tools.resume;

import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.StreamReader;

/**
 * A machine as a migration stream has it, but for its pages. Immutable: nobody writes into the
 * arrays.
 *
 * @param layout with the host page sizes of the destination
 * @param configuration machine type and more
 * @param devices device sections, closing EOF byte included
 * @param description JSON of the devices' fields; empty if there is none
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; 0.2 to 300 MB are not copied about.
record Machine(RamLayout layout, byte[] configuration, byte[] devices, byte[] description) {
  /** The only page size that QEMU's streams have here. */
  static final int PAGE = 4096;

  /**
   * Takes a point's sections.
   *
   * @param point its name, for errors
   */
  static Machine of(String point, RamLayout layout, DeviceState state) throws BadInputException {
    if (layout.pageSize() != PAGE) {
      throw new BadInputException(
          point
              + ": page size at offset 0: expected "
              + PAGE
              + ", found "
              + layout.pageSize()
              + "; this point is not QEMU's: restore it to a file");
    }
    return new Machine(
        layout,
        section(point, state, StreamReader.CONFIGURATION),
        section(point, state, StreamReader.DEVICES),
        state.find(StreamReader.DESCRIPTION).map(s -> s.content()).orElse(new byte[0]));
  }

  private static byte[] section(String point, DeviceState state, String name)
      throws BadInputException {
    return state
        .find(name)
        .orElseThrow(
            () ->
                new BadInputException(
                    point
                        + ": device state at offset 0: expected a section "
                        + name
                        + ", found none; this point is not QEMU's: restore it to a file"))
        .content();
  }

  /** Returns the host page sizes of all blocks, or'ed together. */
  long hostPageSizes() {
    return layout.blocks().stream().mapToLong(b -> b.hostPageSize()).reduce(0, (a, b) -> a | b);
  }

  Machine withLayout(RamLayout other) {
    return new Machine(other, configuration, devices, description);
  }

  Machine withDevices(byte[] other) {
    return new Machine(layout, configuration, other, description);
  }
}
