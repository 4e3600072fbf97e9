package dev.cairn.tools.resume;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.qmp.MachineRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The RAM blocks of a destination. Immutable. */
final class DestinationBlocks {
  /**
   * One of them.
   *
   * @param used length in bytes
   * @param most that it can grow to
   */
  record Block(long used, long most, long hostPageSize) {}

  private final Map<String, Block> blocks;

  private DestinationBlocks(Map<String, Block> blocks) {
    this.blocks = blocks;
  }

  /** Takes them out of what a QEMU said of itself; there are none if it could not say. */
  static DestinationBlocks of(MachineRecord machine) {
    Map<String, Block> blocks = new LinkedHashMap<>();
    for (JsonNode each : machine.json().path("ram")) {
      blocks.put(
          each.path("block").asText(),
          new Block(
              each.path("usedBytes").asLong(),
              each.path("mostBytes").asLong(),
              each.path("pageBytes").asLong()));
    }
    return new DestinationBlocks(blocks);
  }

  /** Tells whether it is known which there are. */
  boolean areKnown() {
    return !blocks.isEmpty();
  }

  /**
   * Returns what differs from a point's layout: a line for each, with both values. A block that can
   * grow is resized by QEMU as the stream says.
   */
  List<String> differences(RamLayout layout) {
    List<String> found = new ArrayList<>();
    for (RamBlock ram : layout.blocks()) {
      Block there = blocks.get(ram.name());
      if (there == null) {
        found.add(text(ram.name(), ram.length() + " bytes", "no such block"));
      } else if (ram.length() > there.most
          || (ram.length() != there.used && there.used == there.most)) {
        found.add(text(ram.name(), ram.length() + " bytes", there.used + " bytes"));
      }
    }
    blocks.forEach(
        (name, block) -> {
          if (layout.find(name).isEmpty()) {
            found.add(text(name, "no such block", block.used + " bytes"));
          }
        });
    return found;
  }

  private static String text(String block, String expected, String actual) {
    return "RAM block " + block + ": expected " + expected + ", found " + actual;
  }

  /** Returns the layout with the host page sizes of this destination: it places pages by them. */
  RamLayout withHostPages(RamLayout layout) throws RefusedException {
    List<RamBlock> adapted = new ArrayList<>();
    for (RamBlock ram : layout.blocks()) {
      Block there = blocks.get(ram.name());
      long size = there == null ? ram.hostPageSize() : there.hostPageSize;
      boolean sound =
          Long.bitCount(size) == 1
              && size >= layout.pageSize()
              && size <= 1 << 30
              && ram.length() % size == 0;
      if (!sound) {
        throw new RefusedException(
            "RAM block %s: expected host pages of which its %d bytes are a whole number, found pages of %d bytes; start the destination with another memory backend"
                .formatted(ram.name(), ram.length(), size));
      }
      adapted.add(new RamBlock(ram.name(), ram.length(), (int) size));
    }
    return new RamLayout(layout.pageSize(), adapted);
  }
}
