package dev.cairn.store.io;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class SegmentsTest {
  @Test
  void aByteMoreOrLessAnywhereIsSeen() {
    try (Arena arena = Arena.ofConfined()) {
      for (int length : new int[] {1, 7, 512, 4096, 65536}) {
        MemorySegment a = arena.allocate(length + 2L).asSlice(1, length);
        MemorySegment b = arena.allocate(length);
        assertTrue(equal(a, b));
        for (int at = 0; at < length; at++) {
          b.set(ValueLayout.JAVA_BYTE, at, (byte) 0x80);
          assertFalse(equal(a, b), "byte " + at + " of " + length);
          b.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        }
        assertTrue(equal(a, b));
      }
    }
  }

  @Test
  void bytesBesideThemDoNotCount() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocate(24).fill((byte) 1);
      MemorySegment b = arena.allocate(24).fill((byte) 2);
      a.asSlice(8, 8).fill((byte) 3);
      b.asSlice(8, 8).fill((byte) 3);
      assertTrue(Segments.equal(a, 8, b, 8, 8));
      assertFalse(Segments.equal(a, 8, b, 8, 9));
      assertFalse(Segments.equal(a, 7, b, 7, 9));
      assertFalse(Segments.equal(a, 8, b, 9, 8));
      assertTrue(Segments.equal(a, 24, b, 0, 0));
    }
  }

  @Test
  void memoryThatCannotBeComparedIsRefused() {
    Arena closed = Arena.ofConfined();
    MemorySegment gone = closed.allocate(8);
    closed.close();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocate(8);
      MemorySegment heap = MemorySegment.ofArray(new byte[8]);
      assertThrows(IndexOutOfBoundsException.class, () -> Segments.equal(a, 1, a, 0, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> Segments.equal(a, 0, a, -1, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> Segments.equal(a, 0, a, 0, -1));
      assertThrows(
          IndexOutOfBoundsException.class, () -> Segments.equal(a, 8, a, 8, Long.MAX_VALUE));
      assertThrows(IllegalArgumentException.class, () -> Segments.equal(a, 0, heap, 0, 8));
      assertThrows(IllegalArgumentException.class, () -> Segments.equal(a, 0, gone, 0, 8));
    }
  }

  private static boolean equal(MemorySegment a, MemorySegment b) {
    return Segments.equal(a, 0, b, 0, a.byteSize());
  }
}
