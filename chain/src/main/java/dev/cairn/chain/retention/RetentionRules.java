package dev.cairn.chain.retention;

import java.util.Set;

/**
 * What a user wants to keep. Immutable.
 *
 * @param last the newest so many points
 * @param buckets of time
 * @param labels points with one of these labels
 */
public record RetentionRules(int last, Buckets buckets, Set<String> labels) {
  /**
   * The newest point of each of the newest so many seconds, minutes, hours and days that have one.
   * Immutable. 0 is no rule; {@link Integer#MAX_VALUE} is all.
   */
  public record Buckets(int secondly, int minutely, int hourly, int daily) {
    /** No rule. */
    public static final Buckets NONE = new Buckets(0, 0, 0, 0);

    public Buckets {
      if (secondly < 0 || minutely < 0 || hourly < 0 || daily < 0) {
        throw new IllegalArgumentException(
            "secondly "
                + secondly
                + ", minutely "
                + minutely
                + ", hourly "
                + hourly
                + ", daily "
                + daily);
      }
    }
  }

  /** No rule: everything is kept. */
  public static final RetentionRules NONE = new RetentionRules(0, Buckets.NONE, Set.of());

  public RetentionRules {
    labels = Set.copyOf(labels);
    if (last < 0 || labels.contains("")) {
      throw new IllegalArgumentException("last " + last + ", labels " + labels);
    }
  }

  /** Returns the rule to keep the newest points. */
  public static RetentionRules keepLast(int last) {
    return new RetentionRules(last, Buckets.NONE, Set.of());
  }

  /** Returns the rule to keep by time. */
  public static RetentionRules keep(Buckets buckets) {
    return new RetentionRules(0, buckets, Set.of());
  }

  /** Tells whether nothing was asked for; everything is kept then. */
  public boolean isEmpty() {
    return equals(NONE);
  }
}
