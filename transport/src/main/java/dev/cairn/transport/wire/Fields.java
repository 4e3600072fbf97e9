package dev.cairn.transport.wire;

import dev.cairn.store.BadInputException;
import dev.cairn.store.Id;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** TEXT and ID in a payload, and bounds for what is read. Stateless. */
final class Fields {
  private static final char REPLACED = '\uFFFD';

  private Fields() {}

  static void putText(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.putShort((short) bytes.length).put(bytes);
  }

  static String text(ByteBuffer in) throws BadInputException {
    int length = u16(in);
    if (length > Message.MOST_TEXT) {
      throw new BadInputException(
          "text: expected at most " + Message.MOST_TEXT + " bytes, found " + length);
    }
    need(in, length);
    String text = utf8(in.slice(in.position(), length));
    in.position(in.position() + length);
    return text;
  }

  /** Reads UTF-8 that is well-formed, to the limit. */
  static String utf8(ByteBuffer in) throws BadInputException {
    byte[] bytes = new byte[in.remaining()];
    in.get(bytes);
    String text = new String(bytes, StandardCharsets.UTF_8);
    // What is not well-formed was replaced by this; only who sends it pays for a second look.
    if (text.indexOf(REPLACED) >= 0
        && !Arrays.equals(bytes, text.getBytes(StandardCharsets.UTF_8))) {
      throw new BadInputException("text: expected UTF-8, found other bytes");
    }
    return text;
  }

  static void putId(ByteBuffer out, Id id) {
    // An id is bytes, and no integer: it lies as its text says, as in files.
    out.order(ByteOrder.BIG_ENDIAN).putLong(id.high()).putLong(id.low());
    out.order(ByteOrder.LITTLE_ENDIAN);
  }

  static Id id(ByteBuffer in) throws BadInputException {
    need(in, 16);
    in.order(ByteOrder.BIG_ENDIAN);
    long high = in.getLong();
    long low = in.getLong();
    in.order(ByteOrder.LITTLE_ENDIAN);
    return new Id(high, low);
  }

  static int u16(ByteBuffer in) throws BadInputException {
    need(in, 2);
    return Short.toUnsignedInt(in.getShort());
  }

  /** Reads 32 bits as they are: the caller checks for the sign. */
  static int i32(ByteBuffer in) throws BadInputException {
    need(in, 4);
    return in.getInt();
  }

  static long i64(ByteBuffer in) throws BadInputException {
    need(in, 8);
    return in.getLong();
  }

  private static void need(ByteBuffer in, int bytes) throws BadInputException {
    if (in.remaining() < bytes) {
      throw new BadInputException(
          "payload: expected %d bytes more, found %d".formatted(bytes, in.remaining()));
    }
  }
}
