package dev.cairn.merge.policy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/**
 * An index where every point is retained: no version is ever dropped, so counts are enough.
 * Immutable.
 *
 * @param deltas checkpoints in it
 * @param versions in it
 * @param pages distinct ones
 * @param draws frames by file
 */
record CountedIndex(long deltas, long versions, long pages, Map<Integer, Long> draws)
    implements SimIndex {
  @Override
  public int[] files() {
    return draws.keySet().stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public long[] frames() {
    return draws.values().stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * Makes them.
   *
   * @param deltaPages pages of each checkpoint
   * @param distinct the expected number of distinct pages that so many checkpoints wrote
   */
  record Counting(long deltaPages, LongUnaryOperator distinct) implements Model {
    @Override
    public SimIndex delta(long checkpoint, int file) {
      return new CountedIndex(1, deltaPages, deltaPages, Map.of(file, deltaPages));
    }

    @Override
    public SimIndex merge(List<SimIndex> run, RetainedPoints retained, long base) {
      long deltas = 0;
      Map<Integer, Long> draws = new TreeMap<>();
      for (SimIndex index : run) {
        CountedIndex counted = (CountedIndex) index;
        deltas += counted.deltas;
        counted.draws.forEach((file, frames) -> draws.merge(file, frames, Long::sum));
      }
      return new CountedIndex(deltas, deltas * deltaPages, distinct.applyAsLong(deltas), draws);
    }

    @Override
    public SimIndex remap(SimIndex index, Set<Integer> from, int to) {
      CountedIndex counted = (CountedIndex) index;
      Map<Integer, Long> draws = new TreeMap<>();
      counted.draws.forEach(
          (file, frames) -> draws.merge(from.contains(file) ? to : file, frames, Long::sum));
      return new CountedIndex(counted.deltas, counted.versions, counted.pages, draws);
    }
  }
}
