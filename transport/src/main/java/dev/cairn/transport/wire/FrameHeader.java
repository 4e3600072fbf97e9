package dev.cairn.transport.wire;

import dev.cairn.store.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The 16 bytes in front of each payload. One is used again for each frame that is read or written.
 * Not thread-safe.
 */
public final class FrameHeader {
  public static final int BYTES = 16;

  /** Longest payload, bytes; and that of each frame of a stream but the last. */
  public static final int MOST_PAYLOAD = 65_536;

  /** Longest payload of a frame without a stream, bytes: that of HELLO. */
  public static final int MOST_PLAIN = GreetingText.MOST_BYTES;

  static final int LENGTH_AT = 0;
  static final int TYPE_AT = 4;
  static final int FLAGS_AT = 6;
  static final int REQUEST_AT = 8;
  static final int CRC_AT = 12;
  static final int MORE = 1;

  private final CRC32C crc = new CRC32C();
  private int length;
  private @Nullable FrameType type;
  private boolean more;
  private int request;
  private int stored;
  private int ownCrc;

  /** Makes one for any number of frames. */
  public FrameHeader() {}

  /**
   * Reads a header. Of the payload nothing is known yet.
   *
   * @param in little-endian; its position is moved by 16 bytes
   * @throws BadInputException if no frame has such a header
   */
  public void read(ByteBuffer in) throws BadInputException {
    int at = in.position();
    length = in.getInt(at + LENGTH_AT);
    int number = Short.toUnsignedInt(in.getShort(at + TYPE_AT));
    int flags = Short.toUnsignedInt(in.getShort(at + FLAGS_AT));
    request = in.getInt(at + REQUEST_AT);
    stored = in.getInt(at + CRC_AT);
    if (length < 0 || length > MOST_PAYLOAD) {
      throw bad("payload", "at most " + MOST_PAYLOAD + " bytes", Integer.toUnsignedString(length));
    }
    FrameType known = FrameType.of(number).orElse(null);
    if (known == null) {
      throw bad("frame type", "one of version 1", number);
    }
    type = known;
    more = (flags & MORE) != 0;
    if ((flags & ~MORE) != 0 || (more && !known.hasStream())) {
      throw bad("flags of " + known, known.hasStream() ? "0 or 1" : "0", flags);
    }
    if (more ? length != MOST_PAYLOAD : !known.hasStream() && length > MOST_PLAIN) {
      throw bad("payload of " + known, more ? MOST_PAYLOAD : "at most " + MOST_PLAIN, length);
    }
    crc.reset();
    update(in, at, CRC_AT);
    in.position(at + BYTES);
  }

  /** Takes more of the payload into the checksum: what it covers, in order. */
  public void cover(ByteBuffer payload, int from, int count) {
    update(payload, from, count);
  }

  private void update(ByteBuffer bytes, int from, int count) {
    int position = bytes.position();
    int limit = bytes.limit();
    bytes.limit(from + count).position(from);
    crc.update(bytes);
    bytes.limit(limit).position(position);
  }

  /**
   * Compares the checksum with what was covered.
   *
   * @throws BadInputException if it is another
   */
  public void check() throws BadInputException {
    ownCrc = (int) crc.getValue();
    if (ownCrc != stored) {
      throw bad("crc of " + type(), hex(ownCrc), hex(stored));
    }
  }

  /**
   * Writes a header in front of what the checksum covers.
   *
   * @param out little-endian; the header's place is at {@code at}, what is covered behind it
   * @param covered how much of the payload lies there and is covered, bytes
   * @param payload how long it is in all
   */
  public void put(
      ByteBuffer out,
      int at,
      FrameType frame,
      int request,
      boolean more,
      int covered,
      int payload) {
    out.putInt(at + LENGTH_AT, payload);
    out.putShort(at + TYPE_AT, (short) frame.number());
    out.putShort(at + FLAGS_AT, (short) (more ? MORE : 0));
    out.putInt(at + REQUEST_AT, request);
    crc.reset();
    update(out, at, CRC_AT);
    update(out, at + BYTES, covered);
    out.putInt(at + CRC_AT, (int) crc.getValue());
  }

  /**
   * As {@link #put}, with bytes of a stream that are covered, too.
   *
   * @param stream from its position to its limit, which stay as they are
   */
  public void putCovering(
      ByteBuffer out, FrameType frame, int request, boolean more, int fixed, ByteBuffer stream) {
    put(out, 0, frame, request, more, fixed, fixed + stream.remaining());
    update(stream, stream.position(), stream.remaining());
    out.putInt(CRC_AT, (int) crc.getValue());
  }

  public int length() {
    return length;
  }

  public FrameType type() {
    FrameType known = type;
    if (known == null) {
      throw new IllegalStateException("nothing was read");
    }
    return known;
  }

  /** Tells whether more frames of this answer follow. */
  public boolean more() {
    return more;
  }

  public int request() {
    return request;
  }

  /** Returns a buffer for frames: off-heap, little-endian. */
  public static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String hex(int value) {
    return "%08x".formatted(value);
  }

  private static BadInputException bad(String what, Object expected, Object actual) {
    return new BadInputException("frame: " + what + ": expected " + expected + ", found " + actual);
  }
}
