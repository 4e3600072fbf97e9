package dev.cairn.tools.image;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a flat file does not say of itself. Immutable.
 *
 * @param blocks that lie in it one after another; empty if nobody has said
 * @param pageSize of the chain, bytes
 * @param tip layout of the chain's newest point, if there is one
 * @param delta a hole is an unchanged page, not a zero one
 */
public record FlatOptions(
    List<RamBlock> blocks, int pageSize, Optional<RamLayout> tip, boolean delta) {
  /** Name of the one block of a machine that nobody has described. */
  public static final String RAM = "ram";

  public FlatOptions {
    blocks = List.copyOf(blocks);
  }

  /**
   * Finds out which blocks a file holds: those that were named, else the tip's, else one.
   *
   * @throws BadInputException if they do not fit the file or, of a delta, the chain
   */
  RamLayout layout(Path path, long length) throws BadInputException {
    RamLayout layout = blocks.isEmpty() ? unnamed(path, length) : named(path);
    if (layout.totalBytes() != length) {
      throw ImageFile.bad(
          path,
          "length",
          0,
          layout.totalBytes() + " bytes (" + text(layout.blocks()) + ")",
          length,
          "name its blocks: --block NAME=LENGTH");
    }
    for (RamBlock block : layout.blocks()) {
      if (delta && tip.isPresent() && tip.get().find(block.name()).isEmpty()) {
        throw ImageFile.bad(
            path,
            "block of a delta",
            0,
            "one of the newest point's (" + text(tip.get().blocks()) + ")",
            block.name(),
            "name its blocks: --block NAME=LENGTH");
      }
    }
    return layout;
  }

  private RamLayout named(Path path) throws BadInputException {
    try {
      return new RamLayout(pageSize, blocks);
    } catch (IllegalArgumentException e) {
      throw ImageFile.bad(
          path,
          "RAM blocks",
          0,
          "distinct ones of whole pages of " + pageSize + " bytes",
          String.valueOf(e.getMessage()),
          "name its blocks: --block NAME=LENGTH");
    }
  }

  private RamLayout unnamed(Path path, long length) throws BadInputException {
    boolean known = tip.isPresent() && tip.get().totalBytes() == length;
    if (known || (tip.isPresent() && (delta || tip.get().blocks().size() > 1))) {
      return tip.get();
    }
    String name = tip.map(layout -> layout.blocks().getFirst().name()).orElse(RAM);
    try {
      return new RamLayout(pageSize, List.of(new RamBlock(name, length)));
    } catch (IllegalArgumentException e) {
      throw ImageFile.bad(
          path,
          "length",
          0,
          "whole pages of " + pageSize + " bytes, at most " + RamLayout.MAX_BYTES,
          length + " bytes",
          "is it cut short? make it again");
    }
  }

  private static String text(List<RamBlock> blocks) {
    return blocks.stream()
        .map(block -> block.name() + "=" + block.length())
        .collect(Collectors.joining(", "));
  }
}
