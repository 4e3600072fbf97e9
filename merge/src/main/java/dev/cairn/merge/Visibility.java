package dev.cairn.merge;

import dev.cairn.chain.ChainSnapshot;
import java.io.IOException;
import java.util.NavigableSet;

/** Which versions of a page a rewrite keeps. Rule and drawing: chain/FORMAT.md, Visibility. */
final class Visibility {
  private final NavigableSet<Long> retained;
  private final long base;

  /**
   * Takes the points as they are when the rewrite begins; they can only become fewer.
   *
   * @param retained numbers of the retained points
   * @param base checkpoint of the base image, which can only move forward
   */
  Visibility(NavigableSet<Long> retained, long base) {
    this.retained = retained;
    this.base = base;
  }

  static Visibility of(ChainSnapshot snapshot) throws IOException {
    return new Visibility(
        snapshot.points().navigableKeySet(), snapshot.manifest().base().orElseThrow().through());
  }

  /**
   * Tells whether a version that is not the last one of the run is seen by a retained point.
   *
   * @param checkpoint at which it was written
   * @param next at which the page's next version in the run was written
   */
  boolean isSeen(long checkpoint, long next) {
    Long point = retained.ceiling(checkpoint);
    return point != null && point < next;
  }

  /** Tells whether the base image has taken a version in: it moved past it. */
  boolean isBelowBase(long checkpoint) {
    return checkpoint <= base;
  }
}
