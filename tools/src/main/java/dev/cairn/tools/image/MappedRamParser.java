package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.StreamGrammar;
import dev.cairn.tools.migration.StreamReader;
import dev.cairn.tools.migration.StreamWords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the parts of a mapped-ram file. Source of the layout: QEMU's migration stream and its
 * docs/devel/migration/mapped-ram, seen in files of QEMU 10.0.2 and 11.1.3. Not thread-safe.
 */
final class MappedRamParser {
  private static final int PAGE = StreamWords.PAGE;

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
  private final StreamGrammar grammar;
  private final List<Block> blocks = new ArrayList<>();
  private final Areas areas;

  /** Where the stream goes on behind the pages of the last block. */
  private long streamAt;

  MappedRamParser(ImageFile file, long streamAt) {
    this.file = file;
    this.areas = new Areas(file);
    this.streamAt = streamAt;
    this.in = new MigrationCursor(file, streamAt);
    this.grammar = new StreamGrammar(in);
  }

  Parts parse() throws IOException {
    StreamGrammar.Configuration configuration = grammar.head();
    if (!configuration.capabilities().contains(StreamWords.MAPPED_RAM)) {
      throw file.bad("capabilities", in.position(), "mapped-ram", "a stream without it");
    }
    long devicesAt = elements(configuration.next());
    long end = descriptionAt(devicesAt);
    long length = ByteBuffer.wrap(file.bytes("VM description", end + 1, 4)).getInt();
    areas.claim("the stream", streamAt, end + 5 + length);
    return new Parts(
        new DeviceSection(StreamReader.CONFIGURATION, 1, configuration.kept()),
        grammar.layout(blocks.stream().map(Block::ram).toList()),
        List.copyOf(blocks),
        devicesAt,
        end,
        new DeviceSection(
            StreamReader.DESCRIPTION, 1, file.bytes("VM description", end + 5, length)));
  }

  /** Walks the elements up to the first device section and returns its offset. */
  private long elements(int first) throws IOException {
    boolean ended = false;
    int type = first;
    while (true) {
      long at = in.position() - 1;
      switch (type) {
        case StreamWords.SECTION_START -> ramStart();
        case StreamWords.SECTION_PART, StreamWords.SECTION_END -> {
          grammar.ramId();
          endOfRecords();
          ended |= type == StreamWords.SECTION_END;
        }
        case StreamWords.COMMAND -> {
          in.be16("command");
          in.skip("command", in.be16("length of a command")); // nobody is there to be answered
        }
        case StreamWords.SECTION_FULL, StreamWords.EOF -> {
          if (!ended) {
            throw file.bad("device sections", at, "the end of the ram section first", "none");
          }
          return at;
        }
        case StreamWords.CONFIGURATION ->
            throw file.bad("configuration", at, "one", "a second one");
        default ->
            throw file.bad(
                "element of the stream", at, "a known type", "0x" + Integer.toHexString(type));
      }
      type = in.u8("element of the stream");
    }
  }

  private void ramStart() throws IOException {
    grammar.ramStart(!blocks.isEmpty());
    long left = grammar.ramSize();
    while (left > 0) {
      Block block = block(left);
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
    endOfRecords();
  }

  /** The pages lie where the headers say: there are no records. */
  private void endOfRecords() throws IOException {
    grammar.expect("ram record", 8, StreamWords.EOS);
    grammar.footer();
  }

  private Block block(long left) throws IOException {
    RamBlock ram = grammar.block(left, blocks.size());
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
    long bitmapBytes = bitmapBytes(ram);
    if (bitmapOffset < 0 || bitmapOffset > file.length() - bitmapBytes) {
      throw outside("bitmap of " + ram.name(), in.position() - 16, bitmapBytes, bitmapOffset);
    }
    if (pagesOffset % PAGE != 0) {
      throw file.bad(
          "pages of " + ram.name(), in.position() - 8, "a multiple of " + PAGE, pagesOffset);
    }
    if (pagesOffset < 0 || pagesOffset > file.length() - ram.length()) {
      throw outside("pages of " + ram.name(), in.position() - 8, ram.length(), pagesOffset);
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
      if (tail[at] != '{' || tail[at - 5] != StreamWords.DESCRIPTION) {
        continue;
      }
      long bytes = ByteBuffer.wrap(tail).getInt(at - 4) & 0xffff_ffffL;
      if (at + bytes == end && (at == 5 || tail[at - 6] == StreamWords.EOF)) {
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
