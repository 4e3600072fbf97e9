package dev.cairn.tools.bench;

import dev.cairn.chain.manifest.PointSet;
import java.util.BitSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Counts, from the definition and without a store, the page versions that retained points see: the
 * oldest sees the whole RAM, each other one what was written since the point before it. Not
 * thread-safe.
 */
final class ReachablePages {
  private final long ramPages;
  private final NavigableMap<Long, BitSet> written = new TreeMap<>();
  private long sum;

  /** Begins with point 0, a whole image. */
  ReachablePages(long ramPages) {
    this.ramPages = ramPages;
    written.put(0L, new BitSet());
  }

  /** Notes a new point and the pages that it has. */
  void append(long point, long[] pages) {
    BitSet its = new BitSet();
    for (long page : pages) {
      its.set(Math.toIntExact(page));
    }
    written.put(point, its);
    sum += its.cardinality();
  }

  /** Lets points go; what they have is then the next one's. The newest is not among them. */
  void forget(PointSet forgotten) {
    for (long point : written.keySet().stream().filter(forgotten::contains).toList()) {
      Map.Entry<Long, BitSet> next = written.higherEntry(point);
      BitSet its = written.remove(point);
      if (next != null && its != null) {
        sum -= its.cardinality() + next.getValue().cardinality();
        next.getValue().or(its);
        sum += next.getValue().cardinality();
      }
    }
  }

  /** Returns how many page versions some retained point sees. */
  long count() {
    return ramPages + sum - written.firstEntry().getValue().cardinality();
  }
}
