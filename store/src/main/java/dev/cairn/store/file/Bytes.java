package dev.cairn.store.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian integers in memory: the one place that knows the byte order of the disk. */
public final class Bytes {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  static int getU16(MemorySegment s, long offset) {
    return Short.toUnsignedInt(s.get(U16, offset));
  }

  /** Returns 32 bits as they are: a checksum, or a number that the caller checks for its sign. */
  static int get32(MemorySegment s, long offset) {
    return s.get(U32, offset);
  }

  static long getU32(MemorySegment s, long offset) {
    return Integer.toUnsignedLong(s.get(U32, offset));
  }

  static long get64(MemorySegment s, long offset) {
    return s.get(U64, offset);
  }

  static void put16(MemorySegment s, long offset, int value) {
    s.set(U16, offset, (short) value);
  }

  static void put32(MemorySegment s, long offset, int value) {
    s.set(U32, offset, value);
  }

  static void put64(MemorySegment s, long offset, long value) {
    s.set(U64, offset, value);
  }

  /** Rounds up to a multiple of a power of two. */
  static long alignUp(long value, long alignment) {
    return (value + alignment - 1) & -alignment;
  }

  /** Tells whether every byte of a segment, a multiple of 8 long, is zero. */
  public static boolean isZero(MemorySegment s) {
    long length = s.byteSize();
    for (long i = 0; i < length; i += 8) {
      if (s.get(U64, i) != 0) {
        return false;
      }
    }
    return true;
  }
}
