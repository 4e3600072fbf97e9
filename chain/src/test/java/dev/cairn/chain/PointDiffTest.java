package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Which pages of two points differ, and what is read to find out. */
final class PointDiffTest {
  private static final int PAGE = 512;
  private static final long PAGES = 9000;

  private final ChainInMemory memory;
  private final SparseMemory image = new SparseMemory(PAGE, PAGES);

  PointDiffTest() throws IOException {
    memory = new ChainInMemory(PAGE);
  }

  private List<PointDiff.Block> diff(long a, long b) throws IOException {
    try (ChainSnapshot snapshot = memory.chain().snapshot()) {
      return new PointDiff(snapshot, a, b).run();
    }
  }

  private List<PointDiff.Range> ranges(long a, long b) throws IOException {
    return diff(a, b).getFirst().ranges();
  }

  @Test
  void pagesWithOtherChecksumsDifferWithoutBeingRead() throws IOException {
    for (int page = 0; page < 4200; page++) {
      image.fill(page, page % 3);
    }
    memory.checkpoint(image, ChainInMemory.WHOLE);
    for (int page = 0; page < 4200; page++) {
      image.fill(page, (page + 1) % 3);
    }
    memory.checkpoint(image, ChainInMemory.WHOLE);
    memory.counting().reset();
    assertEquals(List.of(new PointDiff.Range(0, 4200)), ranges(0, 1));
    assertEquals(0, memory.bodyReads());
  }

  @Test
  void pagesThatWereWrittenAnewWithTheSameBytesAreEqual() throws IOException {
    for (int value : new int[] {1, 2, 1}) {
      for (int page = 0; page < 3000; page++) {
        image.fill(page, value);
      }
      memory.checkpoint(image, ChainInMemory.WHOLE);
    }
    memory.counting().reset();
    assertEquals(List.of(), ranges(0, 2));
    long reads = memory.bodyReads();
    assertTrue(reads > 0 && reads < 3000 / 8, reads + " reads of 3000 pages of two points");
  }

  /** Two pages by the birthday paradox: among 2 ^ 18 of them some have the same checksum. */
  private static List<byte[]> collision(long seed, int length) {
    Map<Integer, byte[]> known = new HashMap<>();
    Random random = new Random(seed);
    for (int i = 0; i < 1 << 20; i++) {
      byte[] content = new byte[length];
      ByteBuffer.wrap(content).putLong(random.nextLong());
      CRC32C crc = new CRC32C();
      crc.update(content);
      byte[] other = known.put((int) crc.getValue(), content);
      if (other != null && !Arrays.equals(other, content)) {
        return List.of(other, content);
      }
    }
    throw new AssertionError("no two of 2 ^ 20 contents have the same checksum");
  }

  @Test
  void anEqualChecksumIsNoEvidenceThatPagesAreEqual() throws IOException {
    List<byte[]> two = collision(5, PAGE);
    memory.checkpoint(image.put(5, two.getFirst()).fill(6, 1), ChainInMemory.WHOLE);
    memory.checkpoint(image.put(5, two.getLast()), ChainInMemory.WHOLE);
    assertEquals(List.of(new PointDiff.Range(5, 1)), ranges(0, 1));
  }

  @Test
  void everyPairOfPointsDiffersWhereAModelSays() throws IOException {
    Random random = new Random(3);
    List<Map<Long, byte[]>> model = new ArrayList<>();
    for (int n = 0; n < 6; n++) {
      for (int i = 0; i < 400; i++) {
        image.fill(random.nextLong(PAGES), random.nextInt(3));
      }
      model.add(new HashMap<>(image.pages()));
      memory.checkpoint(image, ChainInMemory.WHOLE);
    }
    for (int a = 0; a < 6; a++) {
      for (int b = 0; b < 6; b++) {
        StringBuilder expected = new StringBuilder();
        for (long page = 0; page < PAGES; page++) {
          byte[] of = model.get(a).getOrDefault(page, new byte[0]);
          boolean same = Arrays.equals(of, model.get(b).getOrDefault(page, new byte[0]));
          expected.append(same ? '.' : 'x');
        }
        StringBuilder actual = new StringBuilder(".".repeat((int) PAGES));
        for (PointDiff.Range range : ranges(a, b)) {
          int from = (int) range.page();
          int to = (int) (from + range.count());
          actual.replace(from, to, "x".repeat(to - from));
        }
        assertEquals(expected.toString(), actual.toString(), a + " and " + b);
      }
    }
  }
}
