package dev.cairn.chain.retention;

import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Says which points to keep, by restic's rules. Immutable.
 *
 * <p>"Newer" means a higher number, never a later time: a guest's host may have set its clock back.
 * Of each second, minute, hour or day that has a point, the newest one is kept, and N counts
 * buckets that exist, as in restic. A bucket is a stretch of time, not of the list: one that the
 * clock came back to is still one bucket. Hours that a change to winter time repeats are two.
 * Unlike restic, the oldest point is not kept for a rule that lacks buckets: it would pin the base
 * image for as long.
 *
 * @param rules what to keep
 * @param zone where hours and days begin
 */
public record RetentionPolicy(RetentionRules rules, ZoneId zone) {
  /** A rule over buckets while points pass by, newest first. */
  private final class Buckets {
    private final KeepReason reason;
    private final ChronoUnit unit;
    private final int limit;
    private final Set<Long> seen = new HashSet<>();

    Buckets(KeepReason reason, ChronoUnit unit, int limit) {
      this.reason = reason;
      this.unit = unit;
      this.limit = limit;
    }

    boolean keeps(Instant time) {
      return seen.size() < limit && seen.add(time.atZone(zone).truncatedTo(unit).toEpochSecond());
    }
  }

  /**
   * Sorts points into kept and forgotten ones. The newest point, pinned and held ones are always
   * kept.
   *
   * @param points in any order
   * @throws IllegalArgumentException if two have one number
   */
  public RetentionPlan plan(List<RetentionPoint> points) {
    List<RetentionPoint> newestFirst = new ArrayList<>(points);
    newestFirst.sort(Comparator.comparingLong(RetentionPoint::checkpoint).reversed());
    RetentionRules.Buckets counts = rules.buckets();
    List<Buckets> buckets =
        List.of(
            new Buckets(KeepReason.SECONDLY, ChronoUnit.SECONDS, counts.secondly()),
            new Buckets(KeepReason.MINUTELY, ChronoUnit.MINUTES, counts.minutely()),
            new Buckets(KeepReason.HOURLY, ChronoUnit.HOURS, counts.hourly()),
            new Buckets(KeepReason.DAILY, ChronoUnit.DAYS, counts.daily()));
    List<RetentionPlan.Kept> kept = new ArrayList<>();
    List<RetentionPoint> forgotten = new ArrayList<>();
    for (int i = 0; i < newestFirst.size(); i++) {
      RetentionPoint point = newestFirst.get(i);
      if (i > 0 && newestFirst.get(i - 1).checkpoint() == point.checkpoint()) {
        throw new IllegalArgumentException("two points " + point.checkpoint());
      }
      Set<KeepReason> reasons = reasons(point, i);
      for (Buckets rule : buckets) {
        if (rule.keeps(point.time())) {
          reasons.add(rule.reason);
        }
      }
      if (reasons.isEmpty()) {
        forgotten.add(point);
      } else {
        kept.add(new RetentionPlan.Kept(point, List.copyOf(reasons)));
      }
    }
    return new RetentionPlan(kept.reversed(), forgotten.reversed());
  }

  private Set<KeepReason> reasons(RetentionPoint point, int newer) {
    Set<KeepReason> reasons = EnumSet.noneOf(KeepReason.class);
    if (newer == 0) {
      reasons.add(KeepReason.TIP);
    }
    if (point.pinned()) {
      reasons.add(KeepReason.PINNED);
    }
    if (point.held()) {
      reasons.add(KeepReason.HELD);
    }
    if (rules.isEmpty()) {
      reasons.add(KeepReason.NO_RULE);
    }
    if (rules.labels().contains(point.label())) {
      reasons.add(KeepReason.LABEL);
    }
    if (newer < rules.last()) {
      reasons.add(KeepReason.LAST);
    }
    return reasons;
  }
}
