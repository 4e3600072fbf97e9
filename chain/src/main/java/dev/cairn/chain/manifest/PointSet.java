package dev.cairn.chain.manifest;

import java.util.ArrayList;
import java.util.List;

/** A set of checkpoint numbers as ascending, disjoint ranges that do not touch. Immutable. */
public final class PointSet {
  /**
   * Numbers from..to, both in the set.
   *
   * @param from first number
   * @param to last number
   */
  public record Range(long from, long to) {
    public Range {
      if (from < 0 || to < from) {
        throw new IllegalArgumentException(from + ".." + to);
      }
    }
  }

  public static final PointSet EMPTY = new PointSet(List.of());

  private final List<Range> ranges;

  private PointSet(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  /**
   * Makes a set of ranges as a manifest has them.
   *
   * @throws IllegalArgumentException if they do not ascend or touch each other
   */
  public static PointSet of(List<Range> ranges) {
    for (int i = 1; i < ranges.size(); i++) {
      if (ranges.get(i).from <= ranges.get(i - 1).to + 1) {
        throw new IllegalArgumentException(ranges.get(i - 1) + " then " + ranges.get(i));
      }
    }
    return new PointSet(ranges);
  }

  public List<Range> ranges() {
    return ranges;
  }

  public boolean contains(long number) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Range range = ranges.get(middle);
      if (number < range.from) {
        high = middle - 1;
      } else if (number > range.to) {
        low = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  /** Returns the set with a number more. */
  public PointSet with(long number) {
    return contains(number) ? this : union(List.of(new Range(number, number)));
  }

  /** Returns the set with more ranges. */
  public PointSet union(List<Range> more) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(more);
    all.sort((a, b) -> Long.compare(a.from, b.from));
    List<Range> result = new ArrayList<>();
    for (Range range : all) {
      if (!result.isEmpty() && range.from <= result.getLast().to + 1) {
        Range last = result.removeLast();
        result.add(new Range(last.from, Math.max(last.to, range.to)));
      } else {
        result.add(range);
      }
    }
    return new PointSet(result);
  }

  /** Returns the set without the numbers from..to. */
  public PointSet without(long from, long to) {
    List<Range> result = new ArrayList<>();
    for (Range range : ranges) {
      if (range.to < from || range.from > to) {
        result.add(range);
        continue;
      }
      if (range.from < from) {
        result.add(new Range(range.from, from - 1));
      }
      if (range.to > to) {
        result.add(new Range(to + 1, range.to));
      }
    }
    return new PointSet(result);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PointSet that && ranges.equals(that.ranges);
  }

  @Override
  public int hashCode() {
    return ranges.hashCode();
  }

  @Override
  public String toString() {
    return ranges.toString();
  }
}
