package dev.cairn.tools.resume;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.linux.AnonymousMemory;
import dev.cairn.tools.memory.MemorySource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Which pages the destination has, or will have when what was written has come: one bit a page, off
 * the heap, zero until touched. Not thread-safe: it belongs to who sends.
 */
final class SentPages {
  private static final int WORD = MemorySource.WORD_PAGES;

  private final RamLayout layout;
  private final MemorySegment[] bits;
  private long remaining;

  SentPages(RamLayout layout, Arena arena) throws IOException {
    this.layout = layout;
    bits = new MemorySegment[layout.blocks().size()];
    for (int block = 0; block < bits.length; block++) {
      long bytes = (pages(block) + WORD - 1) / WORD * Long.BYTES;
      long unit = AnonymousMemory.PAGE_BYTES;
      bits[block] = AnonymousMemory.map((bytes + unit - 1) / unit * unit, arena);
      remaining += pages(block);
    }
  }

  /** Returns how many pages a block has. */
  long pages(int block) {
    return layout.blocks().get(block).pages(layout.pageSize());
  }

  /** Returns how many pages are not sent. */
  long remaining() {
    return remaining;
  }

  /**
   * Returns the pages of a word that are not sent: bit i for page {@code page + i}.
   *
   * @param page the word's first page
   */
  long unsent(int block, long page) {
    return ~word(block, page / WORD) & within(block, page);
  }

  private long word(int block, long index) {
    return bits[block].get(ValueLayout.JAVA_LONG, index * Long.BYTES);
  }

  /** Returns the pages of a word that lie in the block. */
  private long within(int block, long page) {
    long count = pages(block) - page;
    return count >= WORD ? -1L : (1L << count) - 1;
  }

  /**
   * Takes note that pages of a word are sent; none of them was.
   *
   * @param mask bit i for page {@code page + i}
   */
  void mark(int block, long page, long mask) {
    if ((mask & ~unsent(block, page)) != 0) {
      throw new IllegalStateException("block " + block + ": a page near " + page + " goes twice");
    }
    bits[block].set(
        ValueLayout.JAVA_LONG, page / WORD * Long.BYTES, word(block, page / WORD) | mask);
    remaining -= Long.bitCount(mask);
  }

  /** Returns the first page of the next word, from that page on, with pages not sent; or -1. */
  long nextUnsentWord(int block, long page) {
    long words = (pages(block) + WORD - 1) / WORD;
    for (long index = page / WORD; index < words; index++) {
      if (word(block, index) != -1 && unsent(block, index * WORD) != 0) {
        return index * WORD;
      }
    }
    return -1;
  }

  /**
   * Takes over what the destination says that it has of a block.
   *
   * @param received bit i is page i
   * @throws BadInputException if that cannot be; nothing is taken over then
   */
  void received(int block, long[] received) throws BadInputException {
    RamBlock ram = layout.blocks().get(block);
    long words = (pages(block) + WORD - 1) / WORD;
    if (received.length != words) {
      throw bad(ram, "words", words, received.length);
    }
    if ((received[(int) words - 1] & ~within(block, (words - 1) * WORD)) != 0) {
      throw bad(ram, "bits", "none behind page " + pages(block), "some");
    }
    int hostPage = Math.max(1, ram.hostPageSize() / layout.pageSize());
    for (long page = 0; page < pages(block); page += hostPage) {
      requireWhole(ram, received, page, Math.min(pages(block), page + hostPage));
    }
    for (int i = 0; i < words; i++) {
      remaining += Long.bitCount(word(block, i)) - Long.bitCount(received[i]);
      bits[block].set(ValueLayout.JAVA_LONG, i * (long) Long.BYTES, received[i]);
    }
  }

  private static void requireWhole(RamBlock ram, long[] received, long from, long to)
      throws BadInputException {
    boolean first = has(received, from);
    for (long page = from + 1; page < to; page++) {
      if (has(received, page) != first) {
        throw bad(ram, "host page at page " + from, "wholly there or not at all", "a part of it");
      }
    }
  }

  private static boolean has(long[] received, long page) {
    return (received[(int) (page / WORD)] >>> page & 1) != 0;
  }

  private static BadInputException bad(RamBlock ram, String what, Object expected, Object actual) {
    return new BadInputException(
        "destination's bitmap of block %s: %s at offset 0: expected %s, found %s; resume the point it was started from"
            .formatted(ram.name(), what, expected, actual));
  }
}
