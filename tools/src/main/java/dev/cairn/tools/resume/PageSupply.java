package dev.cairn.tools.resume;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Where the pages of a machine come from, 64 at a time. Thread-safe; its readers are not. */
interface PageSupply {
  /** Pages of a word: what is wanted of one is the bits of a long. */
  int WORD_PAGES = 64;

  /** Reads for one thread. */
  interface Reader extends Closeable {
    /**
     * Reads and checks pages of a word; the places of those that are zero stay as they are.
     *
     * @param block index into the layout's blocks
     * @param page the word's first page
     * @param wanted bit i for page {@code page + i}
     * @param into native memory of 64 pages
     * @return those of the wanted that are not zero
     */
    long read(int block, long page, long wanted, MemorySegment into) throws IOException;
  }

  /**
   * Makes a reader.
   *
   * @param arena outlives the reader
   */
  Reader reader(Arena arena);
}
