package dev.cairn.tools.memory;

import dev.cairn.store.RamLayout;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Where the pages of a machine's memory come from, up to 64 at a time: a point that is here, or one
 * of which pages are still on their way. Thread-safe; its readers are not.
 */
public interface MemorySource {
  /** Pages of a word: what is wanted of one is the bits of a long. */
  int WORD_PAGES = 64;

  /** Reads for one thread. */
  interface Reader extends Closeable {
    /**
     * Tells which pages cannot be read yet. Does not wait.
     *
     * @param block index into the layout's blocks
     * @param page the word's first page
     * @param wanted bit i for page {@code page + i}
     * @param urgent somebody waits for them: those that are missing are asked for
     * @return those of the wanted that are missing; who needs them asks again when the source says
     *     that something came
     */
    long missing(int block, long page, long wanted, boolean urgent) throws IOException;

    /**
     * Reads and checks pages that are not missing; the places of those that are zero stay as they
     * are. Is to follow {@link #missing} at once.
     *
     * @param into native memory of 64 pages
     * @return those of the wanted that are not zero
     * @throws dev.cairn.store.CorruptFileException if one of them cannot be read as it was stored
     */
    long read(int block, long page, long wanted, MemorySegment into) throws IOException;
  }

  /** Returns the blocks, whose pages are the memory in this order. */
  RamLayout layout();

  /**
   * Makes a reader.
   *
   * @param arena outlives the reader
   */
  Reader reader(Arena arena);

  /**
   * Has something done whenever pages came that were missing, by any thread and soon; until the
   * result is closed.
   */
  Closeable onArrival(Runnable arrived);
}
