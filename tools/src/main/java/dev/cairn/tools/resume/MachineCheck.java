package dev.cairn.tools.resume;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.disk.DiskNames;
import dev.cairn.tools.migration.DeviceSections;
import dev.cairn.tools.qmp.MachineDifference;
import dev.cairn.tools.qmp.MachineRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Holds a point's machine against the destination's, before the first byte: QEMU accepts some
 * differences in silence, and others end it when the memory has been sent. Immutable.
 */
final class MachineCheck {
  private static final String GENERATION_ID = "vmgenid";

  private final String point;
  private final Machine machine;
  private final Optional<MachineRecord> record;
  private final Optional<DeviceSections> sections;
  private final Optional<DiskNames> disks;

  private MachineCheck(
      String point, Machine machine, Optional<MachineRecord> record, Optional<DiskNames> disks) {
    this.point = point;
    this.machine = machine;
    this.record = record;
    this.sections = DeviceSections.of(machine.devices(), machine.description());
    this.disks = disks;
  }

  /**
   * Takes what is known of a point.
   *
   * @param point its name
   * @param state with the record of its machine, if it was captured from a running one
   */
  static MachineCheck of(String point, Machine machine, DeviceState state) throws IOException {
    Optional<DeviceSection> section = state.find(MachineRecord.SECTION);
    return new MachineCheck(
        point,
        machine,
        section.isEmpty()
            ? Optional.empty()
            : Optional.of(MachineRecord.parse(section.get().content())),
        DiskNames.of(state));
  }

  /** Says what becomes of the machine's disks, which are not in the store. */
  void tellOfDisks(ResumeListener listener) {
    if (disks.isPresent()) {
      DiskNames pair = disks.get();
      List<String> what = new ArrayList<>(pair.answer());
      for (DiskNames.Disk disk : pair.disks()) {
        what.add(disk.device() + " is " + disk.file() + " (" + disk.format() + ")");
      }
      listener.note(
          point
              + " has a disk pair, "
              + pair.token()
              + ", which the guest must not write to, but overlays of it: "
              + String.join(", ", what));
    } else if (record.isPresent() && !writableFiles().isEmpty()) {
      listener.warn(
          point
              + " has no disk pair: these disks are as they are now, not as they were: "
              + String.join(", ", writableFiles()));
    }
  }

  private List<String> writableFiles() {
    List<String> files = new ArrayList<>();
    record.ifPresent(
        own -> {
          for (JsonNode block : own.json().path("blocks")) {
            String file = block.path("file").asText();
            if (!file.isEmpty() && !block.path("readOnly").asBoolean() && !files.contains(file)) {
              files.add(file);
            }
          }
        });
    return files;
  }

  /** Returns the machine type of the stream's configuration. */
  String machineType() {
    byte[] bytes = machine.configuration();
    int length = bytes.length < 4 ? 0 : Math.min(bytes[3] & 0xff, bytes.length - 4);
    return new String(bytes, 4, length, StandardCharsets.UTF_8);
  }

  /** Returns in what the destination is another machine: a line for each, with both values. */
  List<String> differences(MachineRecord there) {
    List<String> found = new ArrayList<>();
    JsonNode json = there.json();
    if (record.isPresent()) {
      record.get().differences(there).stream().map(MachineDifference::toString).forEach(found::add);
    } else {
      differ(found, "machine type", machineType(), json.path("machine"));
      sections.ifPresent(
          all -> differ(found, "number of vCPUs", all.count("cpu"), json.path("cpus")));
    }
    DestinationBlocks blocks = DestinationBlocks.of(there);
    if (blocks.areKnown()) {
      found.addAll(blocks.differences(machine.layout()));
    }
    return found;
  }

  private static void differ(List<String> found, String what, Object expected, JsonNode there) {
    String actual = there.isArray() ? Integer.toString(there.size()) : there.asText();
    if (!there.isMissingNode() && !actual.equals(expected.toString())) {
      found.add(what + ": expected " + expected + ", found " + actual);
    }
  }

  /** Returns what nobody can compare. */
  List<String> notCompared(MachineRecord there) {
    List<String> what =
        new ArrayList<>(
            record
                .map(own -> own.notCompared(there))
                .orElse(List.of("CPU model and features", "accelerator", "devices")));
    if (!DestinationBlocks.of(there).areKnown()) {
      what.add("RAM blocks");
    }
    return what;
  }

  /**
   * Requires what a second machine beside the first one needs.
   *
   * @param there the destination, if it can be asked
   */
  void requireClone(Optional<MachineRecord> there) throws RefusedException {
    boolean told =
        record.map(MachineRecord::hasGenerationId).orElse(false)
            || sections.flatMap(all -> all.find(GENERATION_ID)).isPresent();
    if (!told) {
      throw new RefusedException(
          point
              + ": --clone: expected a vmgenid device in the point's machine, found none: its guest"
              + " would not learn that it is a copy, and use random numbers and keys twice");
    }
    if (there.isPresent()) {
      String id = there.get().json().path(GENERATION_ID).asText();
      String own = record.map(r -> r.json().path(GENERATION_ID).asText()).orElse("");
      if (id.isEmpty() || id.equals(own)) {
        throw new RefusedException(
            point
                + ": --clone: expected a new generation id at the destination, found "
                + (id.isEmpty() ? "no vmgenid device" : id + " as in the point")
                + "; start it with -device vmgenid,guid=auto");
      }
    }
  }

  /** Returns what a second machine has in common with the first, unless somebody changes it. */
  String sharedByClones() {
    List<String> what = new ArrayList<>();
    if (record.isPresent()) {
      JsonNode json = record.get().json();
      for (JsonNode nic : json.path("nics")) {
        what.add("MAC " + nic.path("mac").asText());
      }
      String uuid = json.path("uuid").asText();
      if (!uuid.isEmpty() && !uuid.matches("[0-]*")) {
        what.add("UUID " + uuid);
      }
      writableFiles().forEach(file -> what.add("disk " + file));
    }
    return what.isEmpty() ? "MAC addresses, UUID and disks" : String.join(", ", what);
  }
}
