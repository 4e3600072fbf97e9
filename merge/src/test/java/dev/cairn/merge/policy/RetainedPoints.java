package dev.cairn.merge.policy;

import java.util.Arrays;

/** Numbers of retained points, ascending. Not thread-safe. */
final class RetainedPoints {
  private long[] points = {0};
  private int count = 1;

  void add(long point) {
    if (count == points.length) {
      points = Arrays.copyOf(points, 2 * count);
    }
    points[count++] = point;
  }

  /** Retains these from now on, ascending. */
  void set(long[] fewer) {
    points = fewer.clone();
    count = fewer.length;
  }

  long[] toArray() {
    return Arrays.copyOf(points, count);
  }

  long oldest() {
    return points[0];
  }

  boolean contains(long point) {
    return Arrays.binarySearch(points, 0, count, point) >= 0;
  }

  /** Tells whether some point r has from &lt;= r &lt; to. */
  boolean sees(long from, long to) {
    int at = Arrays.binarySearch(points, 0, count, from);
    at = at >= 0 ? at : -at - 1;
    return at < count && points[at] < to;
  }
}
