package dev.cairn.tools.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The header that libvirt (11.2 or newer, {@code save_image_format = "sparse"}) puts before a
 * mapped-ram stream, whose offsets stay those of the file. Source: libvirt's {@code
 * src/qemu/qemu_saveimage.h}.
 */
final class LibvirtHeader {
  /** Length of the header proper; the domain's XML and padding follow. */
  static final int LENGTH = 92;

  private static final int MAGIC_BYTES = 16;
  private static final String WHOLE = "LibvirtQemudSave";
  private static final String UNDER_WAY = "LibvirtQemudPart";
  private static final int VERSION_AT = 16;
  private static final int DATA_LENGTH_AT = 20;
  private static final int FORMAT_AT = 28;
  private static final int VERSION = 2;
  private static final int SPARSE = 6;

  private LibvirtHeader() {}

  /** Returns where the migration stream begins: behind the header, or at 0 if there is none. */
  static long streamAt(ImageFile file) throws IOException {
    if (file.length() < LENGTH) {
      return 0;
    }
    byte[] header = file.bytes("header", 0, LENGTH);
    String magic = new String(header, 0, MAGIC_BYTES, StandardCharsets.ISO_8859_1);
    if (magic.equals(UNDER_WAY)) {
      throw file.bad("libvirt save image", 0, WHOLE, magic + ": libvirt did not finish it");
    }
    if (!magic.equals(WHOLE)) {
      return 0;
    }
    ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    if (Integer.compareUnsigned(fields.getInt(VERSION_AT), 0xffff) > 0) {
      fields.order(ByteOrder.BIG_ENDIAN);
    }
    int version = fields.getInt(VERSION_AT);
    int format = fields.getInt(FORMAT_AT);
    if (version != VERSION || format != SPARSE) {
      throw file.refused(
          "libvirt save image",
          VERSION_AT,
          "version 2, format 6 (save_image_format = \"sparse\")",
          "version " + version + ", format " + format);
    }
    return LENGTH + Integer.toUnsignedLong(fields.getInt(DATA_LENGTH_AT));
  }
}
