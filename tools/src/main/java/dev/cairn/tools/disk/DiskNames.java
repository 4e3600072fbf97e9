package dev.cairn.tools.disk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The disks that belong to a point, as its device section {@code disks}: JSON. Immutable.
 *
 * @param kind {@code blockdev} or {@code command}: who took the picture
 * @param token its name
 * @param disks of QEMU's block layer; empty for a command
 * @param answer the lines that a command said; empty otherwise
 */
public record DiskNames(String kind, String token, List<Disk> disks, List<String> answer) {
  /** Name of the device section. */
  public static final String SECTION = "disks";

  static final String BLOCKDEV = "blockdev";
  static final String COMMAND = "command";

  private static final int VERSION = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /**
   * One disk at the point. Immutable.
   *
   * @param device QEMU's name of the device, or of the node where it has none
   * @param file that holds the disk as it was at the point, and is not written any more
   * @param format of that file
   * @param overlay the file that the machine has written since
   */
  public record Disk(String device, String file, String format, String overlay) {}

  public DiskNames {
    disks = List.copyOf(disks);
    answer = List.copyOf(answer);
  }

  /** Returns the section that a point stores. */
  public DeviceSection section() {
    try {
      return new DeviceSection(SECTION, VERSION, JSON.writeValueAsBytes(this));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("disk names cannot be written", e);
    }
  }

  /** Reads them from a point's device state, if it has a disk pair. */
  public static Optional<DiskNames> of(DeviceState state) throws IOException {
    Optional<DeviceSection> section = state.find(SECTION);
    if (section.isEmpty()) {
      return Optional.empty();
    }
    int version = section.get().version();
    if (version != VERSION) {
      throw new RefusedException(
          "device section disks: version: expected " + VERSION + ", found " + version);
    }
    try {
      return Optional.of(JSON.readValue(section.get().content(), DiskNames.class));
    } catch (IOException e) {
      throw new CorruptFileException(
          "device section disks", "JSON", 0, "disk names", "something else");
    }
  }
}
