package dev.cairn.merge.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Counts, from the definition and without layers, the page versions that retained points see: each
 * point sees what was written since the point before it, and the oldest sees the whole RAM. Not
 * thread-safe.
 */
final class ReachablePages {
  /** Pages that were written since the point before. */
  private static final class Written {
    final long[] bits;
    int count;

    Written(int words) {
      bits = new long[words];
    }

    void add(int page) {
      if ((bits[page >>> 6] & 1L << page) == 0) {
        bits[page >>> 6] |= 1L << page;
        count++;
      }
    }

    /** Takes over the pages of another, which is empty afterwards. */
    void take(Written other) {
      count = 0;
      for (int i = 0; i < bits.length; i++) {
        bits[i] |= other.bits[i];
        count += Long.bitCount(bits[i]);
        other.bits[i] = 0;
      }
      other.count = 0;
    }
  }

  private final int words;
  private final long ramPages;
  private final NavigableMap<Long, Written> points = new TreeMap<>();
  private final List<Written> pool = new ArrayList<>();
  private long sum;

  ReachablePages(long ramPages) {
    this.ramPages = ramPages;
    words = (int) ((ramPages + 63) / 64);
    points.put(0L, new Written(words));
  }

  void append(long checkpoint, int[] pages) {
    Written written = pool.isEmpty() ? new Written(words) : pool.removeLast();
    for (int page : pages) {
      written.add(page);
    }
    points.put(checkpoint, written);
    sum += written.count;
  }

  /** Forgets a point that is not the newest. */
  void forget(long checkpoint) {
    Written written = Objects.requireNonNull(points.remove(checkpoint));
    Written next = Objects.requireNonNull(points.higherEntry(checkpoint)).getValue();
    sum -= written.count + next.count;
    next.take(written);
    sum += next.count;
    pool.add(written);
  }

  /** Starts to count unseen base pages anew, for a base at the oldest retained point. */
  void baseMoved() {
    sum -= unseenOfBase();
    points.put(points.firstKey(), new Written(words));
  }

  /** Returns the pages of the base that no retained point sees. */
  long unseenOfBase() {
    return points.firstEntry().getValue().count;
  }

  /** Returns the page versions that some retained point sees. */
  long count() {
    return ramPages + sum - unseenOfBase();
  }
}
