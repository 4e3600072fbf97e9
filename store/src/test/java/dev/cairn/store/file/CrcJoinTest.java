package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CrcJoinTest {
  @Test
  void joinsAnyTwoPiecesUpToABlock() {
    Random random = new Random(7);
    byte[] bytes = new byte[2 << 20];
    random.nextBytes(bytes);
    MemorySegment s = MemorySegment.ofArray(bytes);
    Crc crc = new Crc();
    for (int length :
        new int[] {0, 1, 2, 3, 63, 64, 511, 512, 4096, 65_536, (1 << 20) - 1, 1 << 20}) {
      int first = random.nextInt(1 << 20);
      int joined = CrcJoin.join(crc.of(s, 0, first), crc.of(s, first, length), length);
      assertEquals(crc.of(s, 0, first + length), joined, first + " + " + length);
    }
  }

  @Test
  void nothingBeforeIsTheSecondAlone() {
    assertEquals(0x12345678, CrcJoin.join(0, 0x12345678, 4096));
  }
}
