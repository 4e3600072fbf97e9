package dev.cairn.tools.demo;

import dev.cairn.tools.linux.AnonymousMemory;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** Compares the memory with its copy of the last checkpoint, page by page. Not thread-safe. */
final class CompareTracker implements DirtyTracker {
  private final MemorySegment memory;
  private final MemorySegment copy;
  private final String reason;

  /**
   * Begins with memory that is zero.
   *
   * @param copy kept up to date by the caller after each {@link #take}
   * @param reason why the kernel is not asked; empty if that was not wanted
   */
  CompareTracker(MemorySegment memory, MemorySegment copy, String reason) {
    this.memory = memory;
    this.copy = copy;
    this.reason = reason;
  }

  @Override
  public String description() {
    String how = "comparison with a copy of the memory";
    return reason.isEmpty() ? how : how + ", as this kernel does not tell them: " + reason;
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
