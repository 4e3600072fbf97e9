package dev.cairn.tools.linux;

import java.io.IOException;

/** Where a file has data and where holes. Safe for use by several threads. */
public interface Extents {
  /**
   * Returns where the first data at or behind an offset begins, or {@code Long.MAX_VALUE} if there
   * is none.
   */
  long data(long offset) throws IOException;

  /**
   * Returns where the first hole at or behind an offset within the file begins; the file's end is
   * one.
   */
  long hole(long offset) throws IOException;

  /** Returns how many bytes are allocated on disk. */
  long allocatedBytes();

  /** Returns how many bytes the file system prefers to allocate at once. */
  long blockBytes();
}
