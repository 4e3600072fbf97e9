package dev.cairn.merge.policy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Says which layers to merge, by sizes alone. Immutable.
 *
 * <p>The idea is git's for split commit-graph files: newer layers go into the next older one while
 * that is at most {@code sizeMultiple} times as large as they are together. Afterwards every layer
 * is more than {@code sizeMultiple} times its newer neighbour, so with 2 there are at most
 * log2(versions ÷ {@code floorVersions} + 1) layers, where a smaller layer counts as {@code
 * floorVersions}. Unlike git's, this policy also looks below the newest layers, since a rewrite
 * makes an old layer smaller.
 *
 * @param sizeMultiple 1 or more; larger means fewer layers and more rewriting
 * @param maxPages the page versions that a layer above the oldest may hold; a run with more goes on
 *     into the oldest layer (git's {@code --max-commits}); empty: no limit
 * @param floorVersions what a smaller layer counts as, 1 or more: opening a layer costs a read,
 *     however small it is
 */
public record MergePolicy(int sizeMultiple, OptionalLong maxPages, long floorVersions) {
  /** A multiple of 2, no limit, floor 1,024 versions. */
  public static final MergePolicy DEFAULT = new MergePolicy(2, OptionalLong.empty(), 1_024);

  public MergePolicy {
    if (sizeMultiple < 1 || floorVersions < 1 || maxPages.orElse(1) < 1) {
      throw new IllegalArgumentException(
          "sizeMultiple " + sizeMultiple + ", maxPages " + maxPages + ", floor " + floorVersions);
    }
  }

  /** Returns the default policy but for what a user chose. */
  public static MergePolicy of(int sizeMultiple, OptionalLong maxPages) {
    return new MergePolicy(sizeMultiple, maxPages, DEFAULT.floorVersions);
  }

  /**
   * Returns the newest run that is due. What a merge drops is known only afterwards: ask again with
   * the new sizes until nothing is due; each answer leaves fewer layers.
   *
   * @param layers oldest first, without the base
   */
  public Optional<LayerRun> next(List<LayerSize> layers) {
    int to = layers.size();
    while (to > 1) {
      int from = to - 1;
      Total total = plus(new Total(0, 0), layers.get(from));
      while (from > 0 && takes(layers.get(from - 1), total)) {
        from--;
        total = plus(total, layers.get(from));
      }
      if (to - from > 1) {
        return Optional.of(new LayerRun(from, to));
      }
      to = from;
    }
    return Optional.empty();
  }

  private record Total(long counted, long versions) {}

  private Total plus(Total total, LayerSize layer) {
    return new Total(total.counted + counted(layer), total.versions + layer.versions());
  }

  private boolean takes(LayerSize older, Total newer) {
    return counted(older) <= Math.multiplyExact(sizeMultiple, newer.counted)
        || newer.versions > maxPages.orElse(Long.MAX_VALUE);
  }

  private long counted(LayerSize layer) {
    return Math.max(floorVersions, layer.versions());
  }
}
