package dev.cairn.tests;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A machine of eight pages, each filled with one byte. Immutable. */
final class TinyImage implements PageImage {
  static final int PAGES = 8;
  static final int PAGE_SIZE = 4096;

  private final byte[] fill;

  /**
   * Makes an image.
   *
   * @param fill one byte a page
   */
  TinyImage(byte[] fill) {
    this.fill = fill.clone();
  }

  @Override
  public RamLayout layout() {
    return new RamLayout(PAGE_SIZE, List.of(new RamBlock("ram", (long) PAGES * PAGE_SIZE)));
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
    for (long at = 0; at < into.byteSize(); at += PAGE_SIZE) {
      into.asSlice(at, PAGE_SIZE).fill(fill[(int) (page + at / PAGE_SIZE)]);
    }
  }

  @Override
  public void close() {}
}
