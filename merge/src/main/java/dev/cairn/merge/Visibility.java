package dev.cairn.merge;

import java.util.NavigableSet;

/** Which versions of a page a rewrite keeps. Rule and drawing: chain/FORMAT.md, Visibility. */
final class Visibility {
  private final NavigableSet<Long> retained;

  /**
   * Takes the points as they are when the rewrite begins; they can only become fewer.
   *
   * @param retained numbers of the retained points
   */
  Visibility(NavigableSet<Long> retained) {
    this.retained = retained;
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
}
