package dev.cairn.chain;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Takes the pages that a comparison with the tip found changed: block by block as they stand in the
 * chain's block table, ascending within each, one thread at a time.
 */
public interface ChangedPages {
  /**
   * A page that is not zero.
   *
   * @param ordinal of its block in the chain's block table
   * @param content one page, borrowed for the call
   * @param crc CRC-32C of the content
   */
  void page(int ordinal, long page, MemorySegment content, int crc) throws IOException;

  /** A page that has become zero. */
  void zero(int ordinal, long page) throws IOException;

  /** So many bytes more were compared; what changed in them was handed on. */
  default void compared(long bytes) throws IOException {}
}
