package dev.cairn.chain.retention;

import java.util.List;

/**
 * What to keep, and why, and what to forget. Immutable.
 *
 * @param kept by ascending number
 * @param forgotten by ascending number
 */
public record RetentionPlan(List<Kept> kept, List<RetentionPoint> forgotten) {
  /**
   * A point that is kept.
   *
   * @param reasons one or more, in the order of {@link KeepReason}
   */
  public record Kept(RetentionPoint point, List<KeepReason> reasons) {
    public Kept {
      reasons = List.copyOf(reasons);
      if (reasons.isEmpty()) {
        throw new IllegalArgumentException("no reason to keep " + point);
      }
    }
  }

  public RetentionPlan {
    kept = List.copyOf(kept);
    forgotten = List.copyOf(forgotten);
  }
}
