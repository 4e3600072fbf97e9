package dev.cairn.tests.hosts;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A cut of all connections at a certain byte. Immutable.
 *
 * @param afterBytes how many bytes are passed on in one direction before it, since the previous one
 * @param how what becomes of the connections
 */
public record PlannedCut(long afterBytes, Cut how) {
  /** Requires a byte. */
  public PlannedCut {
    if (afterBytes < 1) {
      throw new IllegalArgumentException("a cut after " + afterBytes + " bytes");
    }
  }

  /**
   * Draws cuts at different bytes among so many, in their order; the same ones from the same seed.
   *
   * @param random from {@link dev.cairn.tests.Settings#seed}
   * @param kinds of which each is one; SILENCE only for those who notice it by a deadline
   */
  public static List<PlannedCut> draw(
      RandomGenerator random, int count, long amongBytes, List<Cut> kinds) {
    if (count >= amongBytes) {
      throw new IllegalArgumentException(count + " cuts among " + amongBytes + " bytes");
    }
    long[] places = random.longs(1, amongBytes).distinct().limit(count).sorted().toArray();
    List<PlannedCut> cuts = new ArrayList<>();
    long before = 0;
    for (long place : places) {
      cuts.add(new PlannedCut(place - before, kinds.get(random.nextInt(kinds.size()))));
      before = place;
    }
    return cuts;
  }
}
