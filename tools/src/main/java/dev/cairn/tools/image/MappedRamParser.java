package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the parts of a mapped-ram file. Source of the layout: QEMU's migration stream and its
 * docs/devel/migration/mapped-ram, seen in files of QEMU 10.0.2 and 11.1.3. Not thread-safe.
 */
final class MappedRamParser {
  static final long MAGIC = 0x5145564dL;
  static final long STREAM_VERSION = 3;
  static final long RAM_VERSION = 4;
  static final int EOF = 0;
  static final int SECTION_START = 1;
  static final int SECTION_PART = 2;
  static final int SECTION_END = 3;
  static final int SECTION_FULL = 4;
  static final int SUBSECTION = 5;
  static final int VMDESCRIPTION = 6;
  static final int CONFIGURATION = 7;
  static final int COMMAND = 8;
  static final int FOOTER = 0x7e;
  static final long MEM_SIZE = 0x004;
  static final long EOS = 0x010;
  static final long FLAGS = 0xfff;
  static final String CAPABILITIES = "configuration/capabilities";

  /** The one page size that QEMU writes into a mapped-ram header so far, bytes. */
  static final int PAGE = 4096;

  private static final int MOST_BLOCKS = 4096;
  private static final int MOST_CAPABILITIES = 64;
  private static final int MOST_CONFIGURATION_BYTES = 1 << 16;

  /**
   * A RAM block and where its parts lie.
   *
   * @param ram name and length
   * @param bitmapOffset in the file, bytes
   * @param pagesOffset of page 0
   */
  record Block(RamBlock ram, long bitmapOffset, long pagesOffset) {}

  /**
   * The parts of a file.
   *
   * @param configuration body of its section without the capabilities subsection
   * @param devicesAt where the device sections begin
   * @param devicesEnd behind their closing EOF byte
   * @param description of the devices, JSON
   */
  record Parts(
      DeviceSection configuration,
      RamLayout layout,
      List<Block> blocks,
      long devicesAt,
      long devicesEnd,
      DeviceSection description) {}

  private final ImageFile file;
  private final MigrationCursor in;
  private final List<Block> blocks = new ArrayList<>();
  private final Areas areas;
  private byte[] configuration = new byte[0];
  private long ramSection;

  /** Where the stream goes on behind the pages of the last block. */
  private long streamAt;

  MappedRamParser(ImageFile file, long streamAt) {
    this.file = file;
    this.areas = new Areas(file);
    this.streamAt = streamAt;
    this.in = new MigrationCursor(file, streamAt);
  }

  Parts parse() throws IOException {
    in.expectBe32("magic of a migration stream", MAGIC);
    long version = in.be32("version of the stream");
    if (version != STREAM_VERSION) {
      throw file.refused("version of the stream", in.position() - 4, STREAM_VERSION, version);
    }
    long devicesAt = elements();
    long end = descriptionAt(devicesAt);
    long length = ByteBuffer.wrap(file.bytes("VM description", end + 1, 4)).getInt();
    areas.claim("the stream", streamAt, end + 5 + length);
    RamLayout layout;
    try {
      layout = new RamLayout(PAGE, blocks.stream().map(Block::ram).toList());
    } catch (IllegalArgumentException e) {
      throw file.bad("RAM blocks", in.position(), "a RAM layout", String.valueOf(e.getMessage()));
    }
    return new Parts(
        new DeviceSection(MappedRamImage.CONFIGURATION, 1, configuration),
        layout,
        List.copyOf(blocks),
        devicesAt,
        end,
        new DeviceSection(
            MappedRamImage.DESCRIPTION, 1, file.bytes("VM description", end + 5, length)));
  }

  /** Walks the elements up to the first device section and returns its offset. */
  private long elements() throws IOException {
    boolean ended = false;
    while (true) {
      long at = in.position();
      int type = in.u8("element");
      switch (type) {
        case CONFIGURATION -> configuration();
        case SECTION_START -> ramStart();
        case SECTION_PART, SECTION_END -> {
          in.expectBe32("id of the ram section", ramSection);
          in.expectBe64("ram record", EOS);
          footer();
          ended |= type == SECTION_END;
        }
        case COMMAND -> {
          in.be16("command");
          in.goTo("command", in.be16("length of a command") + in.position());
        }
        case SECTION_FULL, EOF -> {
          if (!ended) {
            throw file.bad("device sections", at, "the end of the ram section first", "none");
          }
          return at;
        }
        default ->
            throw file.bad(
                "element of the stream", at, "a known type", "0x" + Integer.toHexString(type));
      }
    }
  }

  private void configuration() throws IOException {
    if (configuration.length > 0) {
      throw file.bad("configuration", in.position() - 1, "one", "a second one");
    }
    long length = in.be32("length of the machine type");
    if (length < 1 || length > 255) {
      throw file.bad("length of the machine type", in.position(), "1..255", length);
    }
    long start = in.position() - 4;
    in.goTo("machine type", in.position() + length);
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    kept.writeBytes(file.bytes("configuration", start, in.position() - start));
    boolean mappedRam = false;
    while (true) {
      long at = in.position();
      if (in.u8("subsection") != SUBSECTION) {
        in.goTo("subsection", at);
        break;
      }
      String name = in.name("name of a subsection");
      in.be32("version of a subsection");
      if (name.equals(CAPABILITIES)) {
        long count = in.be32("number of capabilities");
        if (count > MOST_CAPABILITIES) {
          throw file.bad(name, in.position() - 4, "at most " + MOST_CAPABILITIES, count);
        }
        for (long i = 0; i < count; i++) {
          mappedRam |= in.name("capability").equals("mapped-ram");
        }
      } else {
        skipSubsection(name);
        kept.writeBytes(file.bytes("subsection", at, in.position() - at));
        if (kept.size() > MOST_CONFIGURATION_BYTES) {
          throw file.bad(
              "configuration", at, "at most " + MOST_CONFIGURATION_BYTES + " bytes", kept.size());
        }
      }
    }
    if (!mappedRam) {
      throw file.bad("capabilities", in.position(), "mapped-ram", "a stream without it");
    }
    configuration = kept.toByteArray();
  }

  private void skipSubsection(String name) throws IOException {
    switch (name) {
      case "configuration/uuid" -> in.goTo("uuid", in.position() + 16);
      case "configuration/target-page-bits" -> in.be32("page bits");
      default -> throw file.bad("subsection", in.position(), "a known one", name);
    }
  }

  private void ramStart() throws IOException {
    if (configuration.length == 0) {
      throw file.bad("ram section", in.position() - 1, "the configuration first", "none");
    }
    ramSection = in.be32("section id");
    String name = in.name("section name");
    in.be32("instance");
    long version = in.be32("section version");
    if (!name.equals("ram") || !blocks.isEmpty()) {
      throw file.bad("section", in.position(), "ram, once", name);
    }
    if (version != RAM_VERSION) {
      throw file.refused("version of the ram section", in.position() - 4, RAM_VERSION, version);
    }
    long word = in.be64("ram size");
    if ((word & FLAGS) != MEM_SIZE) {
      throw file.bad("flags of the ram size", in.position() - 8, MEM_SIZE, word & FLAGS);
    }
    long left = word & ~FLAGS;
    while (left > 0) {
      Block block = block();
      if (block.ram.length() > left || blocks.size() == MOST_BLOCKS) {
        throw file.bad(
            "RAM block", in.position(), "at most " + left + " bytes", block.ram.length());
      }
      left -= block.ram.length();
      blocks.add(block);
      String ram = block.ram.name();
      long pagesEnd = block.pagesOffset + block.ram.length();
      areas.claim("the stream up to the pages of " + ram, streamAt, in.position());
      areas.claim(
          "bitmap of " + ram, block.bitmapOffset, block.bitmapOffset + bitmapBytes(block.ram));
      areas.claim("pages of " + ram, block.pagesOffset, pagesEnd);
      in.goTo("end of the pages", pagesEnd);
      streamAt = pagesEnd;
    }
    in.expectBe64("ram record", EOS);
    footer();
  }

  private Block block() throws IOException {
    long nameAt = in.position();
    String name = in.name("RAM block name");
    if (name.isEmpty()) {
      throw file.bad("RAM block name", nameAt, "1 to 255 bytes", "0");
    }
    long length = in.be64("RAM block length");
    long version = in.be32("mapped-ram header version");
    if (version != 1) {
      throw file.refused("mapped-ram header version", in.position() - 4, 1, version);
    }
    long size = in.be64("page size");
    if (size != PAGE) {
      throw file.refused("page size", in.position() - 8, PAGE, size);
    }
    long bitmapOffset = in.be64("bitmap offset");
    long pagesOffset = in.be64("pages offset");
    if (length <= 0 || length % PAGE != 0 || length > RamBlock.MAX_LENGTH) {
      String expected = "a multiple of " + PAGE + ", at most " + RamBlock.MAX_LENGTH;
      throw file.bad("length of " + name, in.position() - 36, expected, length);
    }
    RamBlock ram = new RamBlock(name, length);
    long bitmapBytes = bitmapBytes(ram);
    if (bitmapOffset < 0 || bitmapOffset > file.length() - bitmapBytes) {
      throw outside("bitmap of " + name, in.position() - 16, bitmapBytes, bitmapOffset);
    }
    if (pagesOffset % PAGE != 0) {
      throw file.bad("pages of " + name, in.position() - 8, "a multiple of " + PAGE, pagesOffset);
    }
    if (pagesOffset < 0 || pagesOffset > file.length() - length) {
      throw outside("pages of " + name, in.position() - 8, length, pagesOffset);
    }
    return new Block(ram, bitmapOffset, pagesOffset);
  }

  private BadInputException outside(String what, long at, long bytes, long offset) {
    String expected = bytes + " bytes within the file's " + file.length();
    return file.bad(what, at, expected, "them at " + offset);
  }

  static long bitmapBytes(RamBlock ram) {
    return (ram.pages(PAGE) + 63) / 64 * 8;
  }

  private void footer() throws IOException {
    in.expectU8("footer", FOOTER);
    in.expectBe32("section id in the footer", ramSection);
  }

  /**
   * Finds the VM description, which tells where the device sections end: these do not carry their
   * lengths, so without it a file that is cut short looks like a whole one. It reaches to the
   * file's end but for padding.
   */
  private long descriptionAt(long devicesAt) throws IOException {
    long length = file.length() - devicesAt;
    if (length > ImageFile.MOST_STATE_BYTES) {
      throw file.bad(
          "device sections",
          devicesAt,
          "at most " + ImageFile.MOST_STATE_BYTES + " bytes up to the end of the file",
          length);
    }
    byte[] tail = file.bytes("device sections", devicesAt, length);
    int end = tail.length;
    while (end > 0 && tail[end - 1] == 0) {
      end--;
    }
    for (int at = end - 1; at >= 5; at--) {
      if (tail[at] != '{' || tail[at - 5] != VMDESCRIPTION) {
        continue;
      }
      long bytes = ByteBuffer.wrap(tail).getInt(at - 4) & 0xffff_ffffL;
      if (at + bytes == end && (at == 5 || tail[at - 6] == EOF)) {
        return devicesAt + at - 5;
      }
    }
    throw file.bad(
        "VM description",
        file.length(),
        "JSON behind the device sections that begin at " + devicesAt,
        "none: the file is cut short, or its machine has suppress-vmdesc=on, which Cairn does not"
            + " take");
  }
}
