package dev.cairn.tools.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The picture of what was written when. */
class HeatMapTest {
  @Test
  void aColumnIsAPartOfTheMemoryAndARowACheckpoint() {
    HeatMap map = new HeatMap(640);
    map.add(7, pages(0, 10));
    map.add(8, pages(635, 640));
    List<String> drawn = map.draw(false);
    assertEquals("    @7 |#" + " ".repeat(63) + "|", drawn.get(0));
    assertEquals("    @8 |" + " ".repeat(63) + "+|", drawn.get(1));
    assertEquals("   all |#" + " ".repeat(62) + "+|", drawn.get(2));
    assertEquals(4, drawn.size());
  }

  @Test
  void manyCheckpointsShareRows() {
    HeatMap map = new HeatMap(64);
    for (int i = 1; i <= 240; i++) {
      map.add(i, pages(i % 64, i % 64 + 1));
    }
    List<String> drawn = map.draw(true);
    assertEquals(26, drawn.size());
    assertEquals("   @10 | ██████████" + " ".repeat(53) + "|", drawn.getFirst());
  }

  @Test
  void nothingWrittenIsDrawnAsNothing() {
    HeatMap map = new HeatMap(64);
    map.add(1, new BitSet());
    assertEquals("    @1 |" + " ".repeat(64) + "|", map.draw(true).getFirst());
  }

  private static BitSet pages(int from, int to) {
    BitSet pages = new BitSet();
    pages.set(from, to);
    return pages;
  }
}
