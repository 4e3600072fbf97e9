package dev.cairn.tests.fuzz;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageReader;
import dev.cairn.transport.wire.MessageWriter;
import dev.cairn.transport.wire.PointHead;
import dev.cairn.transport.wire.PointHeadBytes;
import dev.cairn.transport.wire.Preamble;
import dev.cairn.transport.wire.Welcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** What a peer of another host says: a preamble, and frames up to the end. */
record WireTarget() implements FuzzTarget {
  private static final int CRC_AT = 12;

  @Override
  public String name() {
    return "wire";
  }

  @Override
  public int mostBytes() {
    return 4 << 10;
  }

  @Override
  public Allowance allowance() {
    return Allowance.OF_STREAM;
  }

  @Override
  public Allowance.Extra read(byte[] input) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    requireMore(in, Preamble.BYTES);
    Preamble.read("peer", in);
    FrameHeader header = new FrameHeader();
    ByteBuffer again = ByteBuffer.allocate(FrameHeader.MOST_PLAIN).order(ByteOrder.LITTLE_ENDIAN);
    for (int frames = 0; in.hasRemaining(); frames++) {
      requireMore(in, FrameHeader.BYTES);
      int at = in.position();
      header.read(in);
      requireMore(in, header.length());
      int covered = covered(header, in);
      mend(input, at, covered);
      in.position(at);
      header.read(in);
      header.cover(in, in.position(), covered);
      header.check();
      requirePlace(header.type(), frames);
      ByteBuffer payload = in.slice(in.position(), header.length()).order(ByteOrder.LITTLE_ENDIAN);
      check(MessageReader.read(header.type(), payload), payload, again);
      in.position(in.position() + header.length());
    }
    return Allowance.Extra.NONE;
  }

  private static void requireMore(ByteBuffer in, int bytes) throws BadInputException {
    if (in.remaining() < bytes) {
      throw new BadInputException("the end of what the peer says");
    }
  }

  /**
   * A link has one greeting, before all else: each takes some thousand bytes for words and sets.
   */
  private static void requirePlace(FrameType type, int frames) throws BadInputException {
    if (frames > 0 && (type == FrameType.HELLO || type == FrameType.WELCOME)) {
      throw new BadInputException("a second greeting");
    }
  }

  /** Returns how much of a payload its checksum is over. */
  private static int covered(FrameHeader header, ByteBuffer in) {
    if (header.type() == FrameType.PAGES_ARE && header.length() >= 2) {
      int count = Short.toUnsignedInt(in.getShort(in.position()));
      return Math.min(header.length(), 4 + 8 * count);
    }
    return header.type() == FrameType.DATA ? 0 : header.length();
  }

  /** Makes the checksum right: a fuzzer cannot. */
  private static void mend(byte[] input, int at, int covered) {
    CRC32C crc = new CRC32C();
    crc.update(input, at, CRC_AT);
    crc.update(input, at + FrameHeader.BYTES, covered);
    ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).putInt(at + CRC_AT, (int) crc.getValue());
  }

  /** What was read says, sent again, the same. */
  private static void check(Message message, ByteBuffer payload, ByteBuffer again)
      throws IOException {
    int fixed = payload.position();
    MessageWriter.put(message, again.clear());
    again.flip();
    boolean isGreeting = message instanceof Hello || message instanceof Welcome;
    boolean same =
        isGreeting
            ? message.equals(MessageReader.read(FrameType.of(message), again))
            : again.equals(payload.duplicate().position(0).limit(fixed));
    if (!same) {
      throw new AssertionError("not the same again: " + message);
    }
    if (message instanceof Message.PointIs is) {
      byte[] bytes = new byte[payload.remaining()];
      payload.get(bytes);
      PointHead head = PointHeadBytes.read(bytes, is.pageSize());
      if (!java.util.Arrays.equals(bytes, PointHeadBytes.write(head))) {
        throw new AssertionError("not the same again: " + head);
      }
    }
  }
}
