package dev.cairn.tools.migration;

import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Takes what the RAM part of a stream brings, in the stream's order. A page may come several times
 * in a live stream: the last one counts.
 */
public interface RamSink {
  /**
   * The block table, before the first page. It comes once: another one in the same stream is
   * refused by the reader.
   */
  void layout(RamLayout layout) throws IOException;

  /**
   * A page's content.
   *
   * @param block index into the layout's blocks
   * @param content 4,096 bytes, borrowed for the call
   */
  void page(int block, long page, MemorySegment content) throws IOException;

  /** A page that is all zeros. */
  void zero(int block, long page) throws IOException;

  /** What comes from here on is of a guest that stands still, and waits for this one. */
  default void paused() throws IOException {}
}
