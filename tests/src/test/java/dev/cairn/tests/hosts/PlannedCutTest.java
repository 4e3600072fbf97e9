package dev.cairn.tests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Cuts that are drawn. */
class PlannedCutTest {
  private static List<PlannedCut> draw(long seed, long amongBytes) {
    return PlannedCut.draw(
        new Random(seed), 20, amongBytes, List.of(Cut.RESET, Cut.END, Cut.SILENCE));
  }

  @Test
  void theSameSeedDrawsTheSameCuts() {
    assertEquals(draw(1, 1L << 30), draw(1, 1L << 30));
    assertNotEquals(draw(1, 1L << 30), draw(2, 1L << 30));
  }

  @Test
  void allOfThemComeWithinTheBytes() {
    for (long seed = 0; seed < 100; seed++) {
      for (long among : List.of(21L, 64L << 20)) {
        List<PlannedCut> cuts = draw(seed, among);
        assertEquals(20, cuts.size());
        assertTrue(cuts.stream().mapToLong(PlannedCut::afterBytes).sum() < among);
      }
    }
  }

  @Test
  void moreCutsThanBytesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> draw(1, 20));
    assertThrows(IllegalArgumentException.class, () -> new PlannedCut(0, Cut.END));
  }
}
