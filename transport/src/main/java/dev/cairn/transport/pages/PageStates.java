package dev.cairn.transport.pages;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The state of each page of a point that is coming, two bits each, changed by compare-and-swap; the
 * names are those of QEMU's postcopy document. Pages go by words of 64; in the array a long has 32.
 * Thread-safe.
 */
final class PageStates {
  private static final long LOW = 0x5555_5555_5555_5555L;
  private static final int PAGES_A_LONG = 32;

  // MISSING is 00, REQUESTED 01, RECEIVED 10.
  private static final long REQUESTED = 0b01;
  private static final long RECEIVED = 0b10;

  private final AtomicLongArray[] blocks;

  /** Makes those of a layout: all are missing. */
  PageStates(RamLayout layout) {
    List<RamBlock> all = layout.blocks();
    blocks = new AtomicLongArray[all.size()];
    for (int i = 0; i < blocks.length; i++) {
      long words = (all.get(i).pages(layout.pageSize()) + 63) / 64;
      blocks[i] = new AtomicLongArray(Math.toIntExact(2 * words));
    }
  }

  /**
   * Returns which pages of a word were received.
   *
   * @param page the word's first page
   */
  long received(int block, long page) {
    int at = at(page);
    AtomicLongArray states = blocks[block];
    return Long.compress(states.get(at) >>> 1, LOW)
        | (Long.compress(states.get(at + 1) >>> 1, LOW) << PAGES_A_LONG);
  }

  /**
   * Changes pages of a word from MISSING to REQUESTED.
   *
   * @return those that were missing: whoever gets one asks for it
   */
  long request(int block, long page, long bits) {
    return change(block, page, bits, REQUESTED);
  }

  /**
   * Changes pages of a word to RECEIVED, whatever they were.
   *
   * @return those that were not
   */
  long receive(int block, long page, long bits) {
    return change(block, page, bits, RECEIVED);
  }

  private long change(int block, long page, long bits, long to) {
    int at = at(page);
    AtomicLongArray states = blocks[block];
    return change(states, at, (int) bits, to)
        | (change(states, at + 1, (int) (bits >>> PAGES_A_LONG), to) << PAGES_A_LONG);
  }

  /** Only MISSING becomes REQUESTED; everything but RECEIVED becomes that. */
  private static long change(AtomicLongArray states, int at, int bits, long to) {
    long places = Long.expand(Integer.toUnsignedLong(bits), LOW);
    while (true) {
      long old = states.get(at);
      long done = (old >>> 1) & LOW;
      long left = places & ~done;
      if (to == REQUESTED) {
        left &= ~(old & LOW);
      }
      if (left == 0) {
        return 0;
      }
      if (states.compareAndSet(at, old, (old & ~(left * 0b11)) | (left * to))) {
        return Long.compress(left, LOW);
      }
    }
  }

  private static int at(long page) {
    return Math.toIntExact(page / PAGES_A_LONG);
  }
}
