package dev.cairn.tools.command;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.tools.disk.DiskNames;
import dev.cairn.tools.qmp.MachineRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code show} says of a point's machine and disks. */
final class MachineRows {
  private MachineRows() {}

  /**
   * Prints the machine record alone.
   *
   * @param asCommand as the line that starts such a machine, not as JSON
   * @throws NoSuchPointException if the point has none
   */
  static void print(
      Console console, String chain, long checkpoint, DeviceState state, boolean asCommand)
      throws IOException {
    Optional<DeviceSection> section = state.find(MachineRecord.SECTION);
    if (section.isEmpty()) {
      throw new NoSuchPointException(
          "%s@%d has no machine record: only points of cairn capture have one"
              .formatted(chain, checkpoint));
    }
    MachineRecord record = MachineRecord.parse(section.get().content());
    console.print((asCommand ? record.commandLine() : record.json().toPrettyString()) + "\n");
    for (String unknown : record.unknown()) {
      console.note("not known: %s", unknown);
    }
  }

  /** Returns what stands in the page of a point. */
  static List<String> lines(Optional<DiskNames> disks, boolean machine) {
    List<String> lines = new ArrayList<>();
    if (disks.isPresent()) {
      for (DiskNames.Disk disk : disks.get().disks()) {
        lines.add("disk     " + disk.device() + ": " + disk.format() + ":" + disk.file());
      }
      for (String line : disks.get().answer()) {
        lines.add("disk     " + line);
      }
    } else if (machine) {
      lines.add("disk     no disk pair: memory and devices only");
    }
    if (machine) {
      lines.add("machine  see --machine, --command");
    }
    return lines;
  }
}
