package dev.cairn.tools.demo;

import dev.cairn.tools.linux.AnonymousMemory;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** Compares the memory with its copy of the last checkpoint, page by page. Not thread-safe. */
final class CompareTracker implements DirtyTracker {
  private final MemorySegment memory;
  private final MemorySegment copy;

  /**
   * Begins with memory that is zero.
   *
   * @param copy kept up to date by the caller after each {@link #take}
   */
  CompareTracker(MemorySegment memory, MemorySegment copy) {
    this.memory = memory;
    this.copy = copy;
  }

  @Override
  public String description() {
    return "comparison with a copy of the memory";
  }

  @Override
  public BitSet take() {
    BitSet dirty = new BitSet();
    long length = memory.byteSize();
    for (long from = 0; from < length; ) {
      long same = MemorySegment.mismatch(memory, from, length, copy, from, length);
      if (same < 0) {
        break;
      }
      long page = (from + same) / AnonymousMemory.PAGE_BYTES;
      dirty.set((int) page);
      from = (page + 1) * AnonymousMemory.PAGE_BYTES;
    }
    return dirty;
  }

  @Override
  public void close() {}
}
