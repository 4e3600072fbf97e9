package dev.cairn.tools.image;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An image and, beside its own device state, that of a file which Cairn does not look into. Safe
 * for use by several threads.
 *
 * @param image closed with this one
 * @param section the file's bytes
 */
public record StatedImage(PageImage image, DeviceSection section) implements PageImage {
  /** Name of the section. */
  public static final String DEVICE_STATE = "device-state";

  /**
   * Reads a file of device state, such as Firecracker's vmstate.
   *
   * @throws dev.cairn.store.BadInputException if it is no regular file, empty or too long
   */
  public static DeviceSection read(Path path) throws IOException {
    try (ImageFile file = ImageFile.open(path, "name the device state: --device-state FILE")) {
      if (file.length() > ImageFile.MOST_STATE_BYTES) {
        throw file.bad(
            "device state", 0, "at most " + ImageFile.MOST_STATE_BYTES + " bytes", file.length());
      }
      return new DeviceSection(DEVICE_STATE, 1, file.bytes("device state", 0, file.length()));
    }
  }

  @Override
  public RamLayout layout() {
    return image.layout();
  }

  @Override
  public DeviceState deviceState() throws IOException {
    List<DeviceSection> sections = new ArrayList<>(image.deviceState().sections());
    sections.add(section);
    return new DeviceState(sections);
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    image.presentRuns(block, from, to, visitor);
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    image.read(block, page, into);
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}
