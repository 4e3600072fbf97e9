package dev.cairn.store.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** An open, immutable file of a store. Safe for use by several threads; reads have no position. */
public interface StoreInput extends Closeable {
  /** Returns the file's length in bytes. */
  long length() throws IOException;

  /** Returns how many names the file has, in all directories. */
  int names() throws IOException;

  /**
   * Fills a segment from the file, by pread.
   *
   * @param into borrowed for the call; filled wholly
   * @param offset in bytes
   * @throws java.io.EOFException if the file ends before the segment is full
   * @throws dev.cairn.store.CorruptFileException if the medium does not give the bytes back
   */
  void read(long offset, MemorySegment into) throws IOException;

  @Override
  void close() throws IOException;
}
