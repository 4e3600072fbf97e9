package dev.cairn.tools.demo;

import dev.cairn.tools.linux.DirtyPages;
import dev.cairn.tools.linux.LinuxException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** Has the kernel note what is written. Not thread-safe. */
final class KernelTracker implements DirtyTracker {
  private final DirtyPages pages;

  private KernelTracker(DirtyPages pages) {
    this.pages = pages;
  }

  /**
   * Begins to watch memory that is zero.
   *
   * @throws LinuxException if the kernel lacks what it takes
   */
  static KernelTracker watch(MemorySegment memory) throws LinuxException {
    return new KernelTracker(DirtyPages.watch(memory));
  }

  @Override
  public String description() {
    return "userfaultfd write-protect and PAGEMAP_SCAN";
  }

  @Override
  public BitSet take() throws IOException {
    return pages.take();
  }

  @Override
  public void close() {
    pages.close();
  }
}
