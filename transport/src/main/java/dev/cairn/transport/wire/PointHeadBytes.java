package dev.cairn.transport.wire;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The bytes of {@link PointHead} in the stream of POINT_IS. Stateless. */
public final class PointHeadBytes {
  private static final int LEAST_BLOCK = 2 + 8 + 4;
  private static final int LEAST_SECTION = 2 + 4 + 4 + 8;

  private PointHeadBytes() {}

  /** Returns the bytes. */
  public static byte[] write(PointHead head) {
    long bytes = 2L + length(head.label()) + 2 + 2;
    for (RamBlock block : head.blocks()) {
      bytes += LEAST_BLOCK + length(block.name());
    }
    for (PointHead.Section section : head.sections()) {
      bytes += LEAST_SECTION + length(section.name());
    }
    ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    Fields.putText(out, head.label());
    out.putShort((short) head.blocks().size());
    for (RamBlock block : head.blocks()) {
      Fields.putText(out, block.name());
      out.putLong(block.length()).putInt(block.hostPageSize());
    }
    out.putShort((short) head.sections().size());
    for (PointHead.Section section : head.sections()) {
      Fields.putText(out, section.name());
      out.putInt(section.version()).putInt(section.crc()).putLong(section.length());
    }
    return out.array();
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /**
   * Reads the bytes.
   *
   * @param pageSize of POINT_IS
   * @throws BadInputException if they are none
   */
  public static PointHead read(byte[] bytes, int pageSize) throws BadInputException {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      String label = Fields.text(in);
      List<RamBlock> blocks = new ArrayList<>();
      for (int left = count(in, LEAST_BLOCK); left > 0; left--) {
        blocks.add(new RamBlock(Fields.text(in), Fields.i64(in), Fields.i32(in)));
      }
      List<PointHead.Section> sections = new ArrayList<>();
      for (int left = count(in, LEAST_SECTION); left > 0; left--) {
        sections.add(
            new PointHead.Section(Fields.text(in), Fields.i32(in), Fields.i32(in), Fields.i64(in)));
      }
      if (in.hasRemaining()) {
        throw new BadInputException("POINT_IS: " + in.remaining() + " bytes behind its sections");
      }
      return new PointHead(label, new RamLayout(pageSize, blocks), sections);
    } catch (IllegalArgumentException e) {
      throw new BadInputException("POINT_IS: " + e.getMessage());
    }
  }

  private static int count(ByteBuffer in, int least) throws BadInputException {
    int count = Fields.u16(in);
    if ((long) count * least > in.remaining()) {
      throw new BadInputException(
          "POINT_IS: %d entries in %d bytes".formatted(count, in.remaining()));
    }
    return count;
  }
}
