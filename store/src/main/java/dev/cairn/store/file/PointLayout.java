package dev.cairn.store.file;

import dev.cairn.store.RamLayout;
import java.util.HashSet;
import java.util.List;

/**
 * A RAM layout with its blocks' ordinals in the chain's block table. Immutable.
 *
 * @param layout the machine's blocks
 * @param ordinals for each block of the layout its ordinal; distinct
 */
public record PointLayout(RamLayout layout, List<Integer> ordinals) {
  public PointLayout {
    ordinals = List.copyOf(ordinals);
    if (ordinals.size() != layout.blocks().size()) {
      throw new IllegalArgumentException(
          ordinals.size() + " ordinals for " + layout.blocks().size() + " blocks");
    }
    if (new HashSet<>(ordinals).size() != ordinals.size()) {
      throw new IllegalArgumentException("two blocks of one ordinal: " + ordinals);
    }
  }

  /** Returns the index within the layout of the block with that ordinal, or -1. */
  public int indexOf(int ordinal) {
    return ordinals.indexOf(ordinal);
  }

  /** Returns how many pages the block of that ordinal has; 0 if it is not there. */
  public long pages(int ordinal) {
    int index = indexOf(ordinal);
    return index < 0 ? 0 : layout.blocks().get(index).pages(layout.pageSize());
  }
}
