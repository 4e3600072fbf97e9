package dev.cairn.tools.resume;

import dev.cairn.store.RefusedException;
import dev.cairn.tools.migration.DeviceSections;
import dev.cairn.tools.migration.DeviceSections.Section;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the guest does once it is there: section {@code globalstate} says it, and QEMU obeys where
 * the whole memory is there at once. Its body is be32 length with the closing NUL, then a buffer of
 * 100 bytes that begins with the name; later fields of QEMU lie behind byte 32 of that.
 */
final class RunState {
  static final String RUNNING = "running";
  static final String PAUSED = "paused";

  private static final String SECTION = "globalstate";
  private static final int BODY_BYTES = 104;
  private static final int NAME_BYTES = 32;

  private RunState() {}

  /** Returns what it is; nothing if the devices are not described, or have no such section. */
  static Optional<String> of(Machine machine) {
    return find(machine).map(section -> name(machine.devices(), section));
  }

  private static Optional<Section> find(Machine machine) {
    return DeviceSections.of(machine.devices(), machine.description())
        .flatMap(sections -> sections.find(SECTION))
        .filter(section -> section.to() - section.from() == BODY_BYTES);
  }

  private static String name(byte[] devices, Section section) {
    int from = section.from() + 4;
    int length = 0;
    while (length < NAME_BYTES && isOfAName(devices[from + length])) {
      length++;
    }
    return new String(devices, from, length, StandardCharsets.US_ASCII);
  }

  private static boolean isOfAName(byte character) {
    return (character >= 'a' && character <= 'z') || character == '-';
  }

  /**
   * Returns the machine with another one.
   *
   * @throws RefusedException if there is nothing that could be changed
   */
  static Machine with(Machine machine, String state) throws RefusedException {
    Section section =
        find(machine)
            .orElseThrow(
                () ->
                    new RefusedException(
                        "run state in the device state: expected a section "
                            + SECTION
                            + " of "
                            + BODY_BYTES
                            + " bytes that is described, found none; resume it without --paused"
                            + " or --run"));
    byte[] devices = machine.devices().clone();
    byte[] name = state.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer body = ByteBuffer.wrap(devices, section.from(), BODY_BYTES);
    body.putInt(name.length + 1).put(name).put(new byte[NAME_BYTES - name.length]);
    return machine.withDevices(devices);
  }
}
