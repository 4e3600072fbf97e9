package dev.cairn.tools.migration;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The return path: what a destination says to its source. Messages as values; {@link #read} for a
 * source. A destination writes {@link #shut} and {@link #pong}. Not thread-safe.
 */
public final class ReturnPath {
  /** One message. */
  public sealed interface Message {}

  /** The destination has ended: 0 is success. */
  public record Shut(long value) implements Message {}

  /** The answer to a PING. */
  public record Pong(long value) implements Message {}

  /**
   * The destination needs pages.
   *
   * @param block name, one of the layout; of the last request that named one, if this one does not
   * @param start first byte, on a page's border
   * @param length in bytes, whole pages within the block
   */
  public record Request(String block, long start, long length) implements Message {}

  /**
   * Which pages of a block have come.
   *
   * @param received bit i is page i, in words of 64; those behind the last page are 0
   */
  @SuppressWarnings("ArrayRecordComponent") // is handed on, never compared
  public record Received(String block, long[] received) implements Message {}

  /** The destination goes on after an interruption. */
  public record ResumeAck(long value) implements Message {}

  /** The destination agrees to the switch-over. */
  public record SwitchoverAck() implements Message {}

  /** Type and length of a message. */
  private static final int HEAD = 4;

  private static final int WORD = 4;

  /** Start and length of a request. */
  private static final int RANGE = 12;

  private final StreamInput in;
  private final Map<String, RamBlock> blocks = new HashMap<>();
  private @Nullable RamBlock lastBlock;

  /**
   * Reads messages from there.
   *
   * @param layout of the source: no message speaks of anything else
   */
  public ReturnPath(StreamInput in, RamLayout layout) {
    this.in = in;
    for (RamBlock block : layout.blocks()) {
      blocks.put(block.name(), block);
    }
  }

  /** Reads the next message. */
  public Message read() throws IOException {
    long at = in.position();
    int type = in.be16("message of the return path");
    int length = in.be16("length of a message");
    return switch (type) {
      case StreamWords.SHUT -> new Shut(word(at, length));
      case StreamWords.PONG -> new Pong(word(at, length));
      case StreamWords.REQ_PAGES_ID -> requestOfBlock(at, length);
      case StreamWords.REQ_PAGES -> {
        length(at, RANGE, length);
        yield request(at);
      }
      case StreamWords.RECEIVED_BITMAP -> received(at, length);
      case StreamWords.RESUME_ACK -> new ResumeAck(word(at, length));
      case StreamWords.SWITCHOVER_ACK -> {
        length(at, 0, length);
        yield new SwitchoverAck();
      }
      default -> throw in.bad("message of the return path", at, "type 1..7", type);
    };
  }

  private void length(long at, int expected, int actual) throws IOException {
    if (expected != actual) {
      throw in.bad("length of a message", at + 2, expected, actual);
    }
  }

  private long word(long at, int length) throws IOException {
    length(at, WORD, length);
    return in.be32("value of a message");
  }

  private Request requestOfBlock(long at, int length) throws IOException {
    if (length < RANGE + 2) {
      throw in.bad("length of a message", at + 2, "at least " + (RANGE + 2), length);
    }
    long start = in.be64("start of a request");
    long bytes = in.be32("length of a request");
    lastBlock = block(at, length);
    return request(at, start, bytes);
  }

  private Request request(long at) throws IOException {
    return request(at, in.be64("start of a request"), in.be32("length of a request"));
  }

  private Request request(long at, long start, long bytes) throws IOException {
    RamBlock block = lastBlock;
    if (block == null) {
      throw in.bad("request", at, "a block's name, as none was named before", "none");
    }
    boolean pages = start % StreamWords.PAGE == 0 && bytes % StreamWords.PAGE == 0 && bytes > 0;
    if (!pages || start < 0 || start > block.length() - bytes) {
      throw in.bad(
          "request",
          at,
          "pages within the " + block.length() + " bytes of " + block.name(),
          bytes + " bytes from " + Long.toUnsignedString(start) + " on");
    }
    return new Request(block.name(), start, bytes);
  }

  /** Reads the name of a block, with which a message of that length ends. */
  private RamBlock block(long at, int length) throws IOException {
    long nameAt = in.position();
    String name = in.name("block of a message");
    length(at, (int) (in.position() - at - HEAD), length);
    RamBlock block = blocks.get(name);
    if (block == null) {
      throw in.bad("block of a message", nameAt, "one of the machine's", name);
    }
    return block;
  }

  /** The bitmap stands behind the message, outside its length; its bytes are little-endian. */
  private Received received(long at, int length) throws IOException {
    RamBlock block = block(at, length);
    long pages = block.pages(StreamWords.PAGE);
    int words = Math.toIntExact((pages + 63) / 64);
    long sizeAt = in.position();
    long size = in.be64("length of a bitmap");
    if (size != words * 8L) {
      throw in.bad(
          "length of the bitmap of " + block.name(),
          sizeAt,
          words * 8L,
          Long.toUnsignedString(size));
    }
    long[] received = new long[words];
    for (int i = 0; i < words; i++) {
      received[i] = Long.reverseBytes(in.be64("bitmap"));
    }
    if (pages % 64 != 0) {
      received[words - 1] &= -1L >>> -pages;
    }
    long endAt = in.position();
    long end = in.be64("end of a bitmap");
    if (end != StreamWords.BITMAP_END) {
      throw in.bad(
          "end of the bitmap of " + block.name(),
          endAt,
          Long.toHexString(StreamWords.BITMAP_END),
          Long.toHexString(end));
    }
    return new Received(block.name(), received);
  }

  /** Returns the bytes of a SHUT: 0 is success, 1 makes the source fail and its guest go on. */
  public static byte[] shut(int value) {
    return message(StreamWords.SHUT, value);
  }

  /** Returns the bytes of a PONG. */
  public static byte[] pong(long value) {
    return message(StreamWords.PONG, (int) value);
  }

  private static byte[] message(int type, int value) {
    return ByteBuffer.allocate(8)
        .putShort((short) type)
        .putShort((short) WORD)
        .putInt(value)
        .array();
  }
}
