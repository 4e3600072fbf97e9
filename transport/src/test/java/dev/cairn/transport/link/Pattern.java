package dev.cairn.transport.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Bytes of which each tells its file and place. Stateless. */
final class Pattern {
  private Pattern() {}

  static byte at(long file, long offset) {
    long mixed = (file * 31 + offset) * 0x9e3779b97f4a7c15L;
    return (byte) (mixed >>> 56);
  }

  static MemorySegment of(Arena arena, long file, long offset, long length) {
    MemorySegment bytes = arena.allocate(length);
    for (long i = 0; i < length; i++) {
      bytes.set(ValueLayout.JAVA_BYTE, i, at(file, offset + i));
    }
    return bytes;
  }

  static boolean holds(MemorySegment bytes, long file, long offset) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, i) != at(file, offset + i)) {
        return false;
      }
    }
    return true;
  }
}
