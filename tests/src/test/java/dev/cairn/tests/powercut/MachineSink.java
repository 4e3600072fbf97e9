package dev.cairn.tests.powercut;

import dev.cairn.chain.PageSink;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.lang.foreign.MemorySegment;

/** Takes a restored machine into an array. Writes of disjoint pages may come at once. */
final class MachineSink implements PageSink {
  private byte[] memory = new byte[0];

  byte[] bytes() {
    return memory.clone();
  }

  @Override
  public void begin(RamLayout layout, DeviceState state) {
    memory = new byte[Math.toIntExact(layout.totalBytes())];
  }

  @Override
  public void write(int block, long page, MemorySegment data) {
    long at = page * MachineImage.PAGE_SIZE;
    MemorySegment.copy(data, 0, MemorySegment.ofArray(memory), at, data.byteSize());
  }

  @Override
  public void finish() {}

  @Override
  public void close() {}
}
