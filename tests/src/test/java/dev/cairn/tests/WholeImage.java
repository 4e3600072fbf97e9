package dev.cairn.tests;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * A machine of one block whose memory is given, wholly. Reading may happen in several threads.
 * Immutable.
 */
public final class WholeImage implements PageImage {
  public static final int PAGE_SIZE = NumberedMemory.PAGE_SIZE;

  private final byte[] memory;

  /**
   * Makes an image.
   *
   * @param memory whole pages
   */
  public WholeImage(byte[] memory) {
    this.memory = memory.clone();
  }

  /**
   * Makes a small image.
   *
   * @param fill one byte for each page, that fills it
   */
  static WholeImage filled(byte... fill) {
    byte[] memory = new byte[fill.length * PAGE_SIZE];
    for (int page = 0; page < fill.length; page++) {
      Arrays.fill(memory, page * PAGE_SIZE, (page + 1) * PAGE_SIZE, fill[page]);
    }
    return new WholeImage(memory);
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
