package dev.cairn.tests.uffd;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** Memory of which no page is here until the test says so, as in a postcopy pull. Thread-safe. */
final class SlowSource implements MemorySource {
  private final MemorySegment memory;
  private final RamLayout layout;
  private final BitSet here = new BitSet();
  private final LinkedBlockingQueue<Integer> asked = new LinkedBlockingQueue<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  SlowSource(int pages, long checkpoint) {
    memory = MemorySegment.ofArray(new NumberedMemory(pages).at(checkpoint));
    layout =
        new RamLayout(NumberedMemory.PAGE_SIZE, List.of(new RamBlock("ram", memory.byteSize())));
  }

  /** Returns pages that somebody waits for, in the order in which they were asked for. */
  LinkedBlockingQueue<Integer> asked() {
    return asked;
  }

  /** Pages have come. */
  void arrive(int from, int to) {
    synchronized (here) {
      here.set(from, to);
    }
    listeners.forEach(Runnable::run);
  }

  private long hereOf(long page, long wanted) {
    long found = 0;
    synchronized (here) {
      for (int i = 0; i < WORD_PAGES; i++) {
        found |= here.get((int) page + i) ? 1L << i : 0;
      }
    }
    return found & wanted;
  }

  @Override
  public RamLayout layout() {
    return layout;
  }

  @Override
  public Reader reader(Arena arena) {
    return new Reader() {
      @Override
      public long missing(int block, long page, long wanted, boolean urgent) {
        long missing = wanted & ~hereOf(page, wanted);
        for (long bits = missing; urgent && bits != 0; bits &= bits - 1) {
          asked.add((int) page + Long.numberOfTrailingZeros(bits));
        }
        return missing;
      }

      @Override
      public long read(int block, long page, long wanted, MemorySegment into) {
        if (hereOf(page, wanted) != wanted) {
          throw new IllegalStateException("pages are read that are not here");
        }
        int size = NumberedMemory.PAGE_SIZE;
        MemorySegment zeros = MemorySegment.ofArray(new byte[size]);
        long found = 0;
        for (long bits = wanted; bits != 0; bits &= bits - 1) {
          int slot = Long.numberOfTrailingZeros(bits);
          MemorySegment from = memory.asSlice((page + slot) * size, size);
          if (from.mismatch(zeros) >= 0) {
            MemorySegment.copy(from, 0, into, (long) slot * size, size);
            found |= 1L << slot;
          }
        }
        return found;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public Closeable onArrival(Runnable arrived) {
    listeners.add(arrived);
    return () -> listeners.remove(arrived);
  }
}
