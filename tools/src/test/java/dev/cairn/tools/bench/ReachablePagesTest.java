package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.chain.manifest.PointSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What counts as seen by a retained point. */
class ReachablePagesTest {
  private final ReachablePages reachable = new ReachablePages(100);

  private static PointSet points(long from, long to) {
    return PointSet.of(List.of(new PointSet.Range(from, to)));
  }

  @Test
  void eachPointSeesWhatWasWrittenSinceTheOneBefore() {
    assertEquals(100, reachable.count());
    reachable.append(1, new long[] {1, 2, 3});
    reachable.append(2, new long[] {3, 4});
    assertEquals(105, reachable.count());
  }

  @Test
  void aForgottenPointsPagesAreSeenByTheNextUnlessItWroteThemAnew() {
    reachable.append(1, new long[] {1, 2, 3});
    reachable.append(2, new long[] {3, 4});
    reachable.append(3, new long[] {5});
    reachable.forget(points(1, 1));
    assertEquals(105, reachable.count());
    reachable.forget(points(0, 2));
    assertEquals(100, reachable.count(), "the only point sees each page once");
  }
}
