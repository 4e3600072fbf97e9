package dev.cairn.tests.fuzz;

import dev.cairn.store.file.ChecksumMender;
import dev.cairn.store.file.FileKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * An input as one of Cairn's files, its checksums mended. Layers and page files stand there as they
 * are; of a base image the holes are left out:
 *
 * <pre>
 *   input   header | pages of the first area | end of the body | metadata
 *   file    0        1 MiB                     up to M           M
 * </pre>
 */
final class HostileFile {
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int HEADER = 128;
  private static final int FOOTER = 64;
  private static final long AREA = 1 << 20;

  /** Bytes right before the metadata: where a small base image has its device state. */
  private static final int BODY_END = 128;

  /** Where the metadata of a base image may begin, bytes. */
  private static final long MOST_BODY = 1L << 42;

  private HostileFile() {}

  /** Returns the file that an input stands for; changes the input. */
  static HostileInput of(byte[] input, FileKind kind) {
    MemorySegment all = MemorySegment.ofArray(input);
    long gap = kind == FileKind.BASE ? gap(all) : 0;
    long end = gap == 0 ? 0 : metadataAt(all) - BODY_END;
    ChecksumMender.mend(input, gap);
    if (gap == 0) {
      return new HostileInput(input.length).with(0, all);
    }
    return new HostileInput(input.length + gap)
        .with(0, all.asSlice(0, HEADER))
        .with(AREA, all.asSlice(HEADER, end - HEADER))
        .with(end + gap, all.asSlice(end));
  }

  /** Returns an input that stands for a base image of one small block. */
  static byte[] without(byte[] base, int pageBytes) {
    MemorySegment all = MemorySegment.ofArray(base);
    int end = (int) bodyEnd(all) - BODY_END;
    byte[] input = new byte[HEADER + pageBytes + base.length - end];
    System.arraycopy(base, 0, input, 0, HEADER);
    System.arraycopy(base, (int) AREA, input, HEADER, pageBytes);
    System.arraycopy(base, end, input, HEADER + pageBytes, base.length - end);
    return input;
  }

  private static long bodyEnd(MemorySegment all) {
    return all.get(U64, all.byteSize() - FOOTER);
  }

  /** Returns where in the input its metadata begin, by what its footer says of their length. */
  private static long metadataAt(MemorySegment all) {
    return all.byteSize() - (all.get(U64, all.byteSize() - FOOTER + 24) - bodyEnd(all));
  }

  private static long gap(MemorySegment all) {
    if (all.byteSize() < HEADER + BODY_END + FOOTER) {
      return 0;
    }
    long at = metadataAt(all);
    long body = bodyEnd(all);
    boolean sane =
        at >= HEADER + BODY_END
            && at <= all.byteSize() - FOOTER
            && body >= AREA + at - HEADER
            && body <= MOST_BODY;
    return sane ? body - at : 0;
  }
}
