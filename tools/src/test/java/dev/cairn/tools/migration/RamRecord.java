package dev.cairn.tools.migration;

import dev.cairn.store.RamLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a sink is told: {@code a:7=1} is page 7 of block a, filled with 1. */
final class RamRecord implements RamSink {
  /** Takes all and keeps nothing. */
  static final RamSink IGNORED =
      new RamSink() {
        @Override
        public void layout(RamLayout layout) {}

        @Override
        public void page(int block, long page, MemorySegment content) {}

        @Override
        public void zero(int block, long page) {}
      };

  final List<String> said = new ArrayList<>();
  private List<String> names = List.of();

  @Override
  public void layout(RamLayout layout) {
    names = layout.blocks().stream().map(b -> b.name()).toList();
    said.add(layout.blocks().toString());
  }

  @Override
  public void page(int block, long page, MemorySegment content) {
    int first = content.get(ValueLayout.JAVA_BYTE, 0);
    for (long i = 1; i < content.byteSize(); i++) {
      if (content.get(ValueLayout.JAVA_BYTE, i) != first) {
        throw new AssertionError("page " + page + " is not filled with one byte");
      }
    }
    said.add(names.get(block) + ":" + page + "=" + first);
  }

  @Override
  public void zero(int block, long page) {
    said.add(names.get(block) + ":" + page + "=zero");
  }
}
