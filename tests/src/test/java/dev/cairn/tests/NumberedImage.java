package dev.cairn.tests;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A machine of one block whose memory is given. Reading may happen in several threads. */
public final class NumberedImage implements PageImage {
  private static final int PAGE_SIZE = NumberedMemory.PAGE_SIZE;

  private final byte[] memory;

  /**
   * Makes an image.
   *
   * @param memory whole pages
   */
  public NumberedImage(byte[] memory) {
    this.memory = memory.clone();
  }

  @Override
  public RamLayout layout() {
    return new RamLayout(PAGE_SIZE, List.of(new RamBlock("ram", memory.length)));
  }

  @Override
  public DeviceState deviceState() {
    return DeviceState.NONE;
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    if (to > from) {
      visitor.run(from, to - from);
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) {
    MemorySegment.copy(MemorySegment.ofArray(memory), page * PAGE_SIZE, into, 0, into.byteSize());
  }

  @Override
  public void close() {}
}
