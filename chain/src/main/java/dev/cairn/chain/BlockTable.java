package dev.cairn.chain;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.PointLayout;
import java.util.ArrayList;
import java.util.List;

/** The chain's block table, and what layouts add to it. Not thread-safe. */
final class BlockTable {
  private final List<String> names;
  private final int known;

  BlockTable(List<String> names) {
    this.names = new ArrayList<>(names);
    this.known = names.size();
  }

  PointLayout place(RamLayout layout) throws BadInputException {
    List<Integer> ordinals = new ArrayList<>();
    for (RamBlock block : layout.blocks()) {
      if (!names.contains(block.name())) {
        names.add(block.name());
      }
      ordinals.add(names.indexOf(block.name()));
    }
    if (names.size() > RamLayout.MAX_BLOCKS) {
      throw new BadInputException("more than " + RamLayout.MAX_BLOCKS + " RAM block names");
    }
    return new PointLayout(layout, ordinals);
  }

  List<String> added() {
    return List.copyOf(names.subList(known, names.size()));
  }
}
