package dev.cairn.tools.migration;

import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceSection;
import java.io.IOException;
import java.util.Arrays;

/** The file that {@code xen-save-devices-state} writes: a header, and devices up to an EOF. */
public final class SavedDevices {
  private static final byte[] HEAD = {'Q', 'E', 'V', 'M', 0, 0, 0, 3};

  private SavedDevices() {}

  /**
   * Takes the devices out of it: a section {@link StreamReader#DEVICES}.
   *
   * @throws BadInputException if it is not such a file, or not whole
   */
  public static DeviceSection parse(byte[] file) throws IOException {
    if (file.length < HEAD.length + 2
        || !Arrays.equals(file, 0, HEAD.length, HEAD, 0, HEAD.length)
        || file[HEAD.length] != StreamWords.SECTION_FULL
        || file[file.length - 1] != StreamWords.EOF) {
      throw new BadInputException(
          "devices that QEMU saved: expected QEVM, version 3, and sections from 0x4 to 0x0, found "
              + file.length
              + " bytes of something else");
    }
    return new DeviceSection(
        StreamReader.DEVICES, 1, Arrays.copyOfRange(file, HEAD.length, file.length));
  }
}
