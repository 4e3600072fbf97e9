package dev.cairn.tests.faults;

import dev.cairn.chain.PageSink;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.tests.damage.SmallMachine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Takes a machine and compares it, when it is finished, with the one that it must be. */
final class ExactSink implements PageSink {
  private final SmallMachine expected;
  private final List<byte[]> blocks = new ArrayList<>();

  ExactSink(SmallMachine expected) {
    this.expected = expected;
  }

  @Override
  public void begin(RamLayout layout, DeviceState state) {
    layout.blocks().forEach(block -> blocks.add(new byte[(int) block.length()]));
  }

  @Override
  public void write(int block, long page, MemorySegment data) {
    MemorySegment target = MemorySegment.ofArray(blocks.get(block));
    MemorySegment.copy(data, 0, target, page * SmallMachine.PAGE, data.byteSize());
  }

  @Override
  public void finish() {
    expected.requireSame(blocks, "restored");
  }

  @Override
  public void close() {}
}
