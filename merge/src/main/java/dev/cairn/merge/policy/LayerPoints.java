package dev.cairn.merge.policy;

/**
 * What a rewrite policy knows of a layer. Immutable.
 *
 * @param listed points that its POINTS chunk lists
 * @param retained those of them that are still retained, at most {@code listed}
 */
public record LayerPoints(long listed, long retained) {
  public LayerPoints {
    if (retained < 0 || listed < retained) {
      throw new IllegalArgumentException(retained + " retained of " + listed);
    }
  }

  /** Returns the number of listed points that are forgotten. */
  public long forgotten() {
    return listed - retained;
  }
}
