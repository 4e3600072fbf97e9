package dev.cairn.tools.migration;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What streams and mapped-ram files have in common: head, configuration, headers and footers of the
 * RAM section, entries of the block table. Not thread-safe.
 */
public final class StreamGrammar {
  /** Most blocks of a machine; QEMU's own have some ten. */
  public static final int MOST_BLOCKS = 4096;

  private static final int MOST_CAPABILITIES = 64;
  private static final int MOST_CONFIGURATION_BYTES = 1 << 16;
  private static final int UUID_BYTES = 16;

  /** What the decoder puts in the place of bytes that are no UTF-8. */
  private static final char MALFORMED = 0xfffd;

  private final StreamInput in;
  private long ramSection = -1;

  /** Reads from there. */
  public StreamGrammar(StreamInput in) {
    this.in = in;
  }

  /**
   * What a stream says of its machine.
   *
   * @param kept the element without its type byte and without the capabilities
   * @param capabilities those that change the stream's form
   * @param next type of the element behind it, which is read with it
   */
  @SuppressWarnings("ArrayRecordComponent") // is handed on, never compared
  public record Configuration(byte[] kept, Set<String> capabilities, int next) {}

  /** Reads magic, version and configuration, and the type byte behind them. */
  public Configuration head() throws IOException {
    expect("magic of a migration stream", 4, StreamWords.MAGIC);
    long version = in.be32("version of the stream");
    if (version != StreamWords.VERSION) {
      throw in.refused("version of the stream", in.position() - 4, StreamWords.VERSION, version);
    }
    long at = in.position();
    int type = in.u8("configuration");
    if (type != StreamWords.CONFIGURATION) {
      throw in.bad(
          "element before the ram section",
          at,
          "the configuration first",
          "0x" + Integer.toHexString(type));
    }
    return configuration();
  }

  private Configuration configuration() throws IOException {
    Kept kept = new Kept();
    long at = in.position();
    long length = in.be32("length of the machine type");
    if (length < 1 || length > 255) {
      throw in.bad("length of the machine type", at, "1..255", length);
    }
    kept.number(length, 4);
    text(in, "machine type", at + 4, kept.bytes("machine type", (int) length));
    Set<String> capabilities = new HashSet<>();
    while (true) {
      at = in.position();
      int type = in.u8("subsection or element");
      if (type != StreamWords.SUBSECTION) {
        return new Configuration(kept.out.toByteArray(), capabilities, type);
      }
      String name = in.name("name of a subsection");
      long version = in.be32("version of a subsection");
      if (name.equals(StreamWords.CAPABILITIES)) {
        capabilities(capabilities);
      } else {
        kept.subsection(name, version);
        if (kept.out.size() > MOST_CONFIGURATION_BYTES) {
          throw in.bad(
              "configuration",
              at,
              "at most " + MOST_CONFIGURATION_BYTES + " bytes",
              kept.out.size());
        }
      }
    }
  }

  private void capabilities(Set<String> capabilities) throws IOException {
    long at = in.position();
    long count = in.be32("number of capabilities");
    if (count > MOST_CAPABILITIES) {
      throw in.bad(StreamWords.CAPABILITIES, at, "at most " + MOST_CAPABILITIES, count);
    }
    for (long i = 0; i < count; i++) {
      capabilities.add(in.name("capability"));
    }
  }

  /** Keeps what is read. */
  private final class Kept {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private void number(long value, int bytes) {
      out.write(ByteBuffer.allocate(8).putLong(value).array(), 8 - bytes, bytes);
    }

    private byte[] bytes(String what, int count) throws IOException {
      byte[] bytes = new byte[count];
      in.read(what, MemorySegment.ofArray(bytes));
      out.writeBytes(bytes);
      return bytes;
    }

    private void subsection(String name, long version) throws IOException {
      long at = in.position();
      out.write(StreamWords.SUBSECTION);
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      out.write(bytes.length);
      out.writeBytes(bytes);
      number(version, 4);
      switch (name) {
        case StreamWords.UUID -> bytes("uuid", UUID_BYTES);
        case StreamWords.PAGE_BITS -> bytes("page bits", 4);
        default -> throw in.bad("subsection", at, "a known one", name);
      }
    }
  }

  /**
   * Reads the header of a section that begins, behind its type byte; only RAM is taken.
   *
   * @param again whether it has begun already
   */
  public void ramStart(boolean again) throws IOException {
    long at = in.position() - 1;
    long id = in.be32("section id");
    String name = in.name("section name");
    long instance = in.be32("instance");
    long version = in.be32("section version");
    if (!name.equals(StreamWords.RAM)) {
      throw in.refused("section that begins", at, StreamWords.RAM, name);
    }
    if (again || instance != 0) {
      throw in.bad(
          "section", at, "ram instance 0, once", again ? "it again" : "instance " + instance);
    }
    if (version != StreamWords.RAM_VERSION) {
      throw in.refused(
          "version of the ram section", in.position() - 4, StreamWords.RAM_VERSION, version);
    }
    ramSection = id;
  }

  /** Reads the word before a block table: the sum of all blocks' lengths, bytes. */
  public long ramSize() throws IOException {
    long at = in.position();
    long word = in.be64("ram size");
    if ((word & StreamWords.FLAGS) != StreamWords.MEM_SIZE) {
      throw in.bad("flags of the ram size", at, StreamWords.MEM_SIZE, word & StreamWords.FLAGS);
    }
    return ramSize(at, word & ~StreamWords.FLAGS);
  }

  /** Checks the sum of all blocks' lengths, and returns it. */
  long ramSize(long at, long bytes) throws IOException {
    if (bytes <= 0 || bytes > RamLayout.MAX_BYTES) {
      throw in.bad(
          "ram size", at, "1.." + RamLayout.MAX_BYTES + " bytes", Long.toUnsignedString(bytes));
    }
    return bytes;
  }

  /** Reads the id of a section that goes on or ends: that of the RAM. */
  public void ramId() throws IOException {
    expect("id of the ram section", 4, ramSection);
  }

  /** Reads the footer of the RAM section. */
  public void footer() throws IOException {
    expect("footer", 1, StreamWords.FOOTER);
    expect("section id in the footer", 4, ramSection);
  }

  /**
   * Reads name and length of a block.
   *
   * @param left bytes that no block before it has
   * @param index of the block
   */
  public RamBlock block(long left, int index) throws IOException {
    long at = in.position();
    String name = in.name("RAM block name");
    long length = in.be64("RAM block length");
    if (index == MOST_BLOCKS) {
      throw in.bad("RAM block", at, "at most " + MOST_BLOCKS + " blocks", "more");
    }
    if (name.isEmpty()) {
      throw in.bad("RAM block name", at, "1 to 255 bytes", "0");
    }
    long lengthAt = in.position() - 8;
    if (length <= 0 || length % StreamWords.PAGE != 0 || length > RamBlock.MAX_LENGTH) {
      String expected = "a multiple of " + StreamWords.PAGE + ", at most " + RamBlock.MAX_LENGTH;
      throw in.bad("length of " + name, lengthAt, expected, Long.toUnsignedString(length));
    }
    if (length > left) {
      throw in.bad("length of " + name, lengthAt, "at most " + left, length);
    }
    return new RamBlock(name, length);
  }

  /** Makes the layout of all blocks. */
  public RamLayout layout(List<RamBlock> blocks) throws IOException {
    try {
      return new RamLayout(StreamWords.PAGE, blocks);
    } catch (IllegalArgumentException e) {
      throw in.bad("RAM blocks", in.position(), "a RAM layout", String.valueOf(e.getMessage()));
    }
  }

  /** Reads a number that has to be that one. */
  public void expect(String what, int bytes, long expected) throws IOException {
    long at = in.position();
    long actual = in.number(what, bytes);
    if (expected != actual) {
      throw in.bad(what, at, "0x" + Long.toHexString(expected), "0x" + Long.toHexString(actual));
    }
  }

  /** Returns the text of bytes that a terminal can show. */
  static String text(StreamInput in, String what, long at, byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i)) || text.charAt(i) == MALFORMED) {
        throw in.bad(what, at, "printable UTF-8", "other bytes");
      }
    }
    return text;
  }
}
