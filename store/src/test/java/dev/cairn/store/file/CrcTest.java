package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** A checksum is of the bytes that were asked for, whatever was asked for before. */
class CrcTest {
  private static int expected(MemorySegment segment, long offset, long length) {
    CRC32C crc = new CRC32C();
    crc.update(segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    return (int) crc.getValue();
  }

  @Test
  void theKnownChecksumOfDigits() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertEquals(0xe3069283, new Crc().of(MemorySegment.ofArray(digits)));
  }

  @Test
  void partsOfSegmentsThatTakeTurns() {
    Random random = new Random(1);
    byte[] heap = new byte[5000];
    random.nextBytes(heap);
    Crc crc = new Crc();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment first = arena.allocate(9000, 8).copyFrom(MemorySegment.ofArray(heap));
      MemorySegment second = MemorySegment.ofArray(heap.clone());
      second.fill((byte) 7);
      for (int i = 0; i < 2000; i++) {
        MemorySegment segment = random.nextInt(4) == 0 ? second : first;
        int offset = random.nextInt((int) segment.byteSize());
        int length = random.nextInt((int) segment.byteSize() - offset + 1);
        assertEquals(expected(segment, offset, length), crc.of(segment, offset, length));
        if (i % 7 == 0) {
          segment.set(ValueLayout.JAVA_BYTE, offset, (byte) i);
          assertEquals(expected(segment, 0, segment.byteSize()), crc.of(segment));
        }
      }
    }
  }

  @Test
  void aPartThatIsNotThereIsRefused() {
    Crc crc = new Crc();
    MemorySegment segment = MemorySegment.ofArray(new byte[10]);
    assertThrows(IndexOutOfBoundsException.class, () -> crc.of(segment, 5, 6));
    assertThrows(IndexOutOfBoundsException.class, () -> crc.of(segment, -1, 2));
    assertEquals(0, crc.of(segment, 10, 0));
  }

  @Test
  void memoryThatIsGoneIsNotRead() {
    Crc crc = new Crc();
    MemorySegment gone;
    try (Arena arena = Arena.ofConfined()) {
      gone = arena.allocate(64);
      crc.of(gone, 0, 32);
    }
    assertThrows(IllegalStateException.class, () -> crc.of(gone, 0, 32));
  }
}
