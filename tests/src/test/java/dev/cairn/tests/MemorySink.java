package dev.cairn.tests;

import dev.cairn.chain.PageSink;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.lang.foreign.MemorySegment;

/**
 * Takes a machine of one block into an array. Writes of disjoint pages may come from several
 * threads.
 */
public final class MemorySink implements PageSink {
  private byte[] bytes = new byte[0];
  private int pageSize;

  /** Returns what was restored. */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public void begin(RamLayout layout, DeviceState state) {
    bytes = new byte[Math.toIntExact(layout.totalBytes())];
    pageSize = layout.pageSize();
  }

  @Override
  public void write(int block, long page, MemorySegment data) {
    MemorySegment.copy(data, 0, MemorySegment.ofArray(bytes), page * pageSize, data.byteSize());
  }

  @Override
  public void finish() {}

  @Override
  public void close() {}
}
