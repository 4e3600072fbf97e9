package dev.cairn.store.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

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

  /**
   * Maps a part of the file, for a device that reads it by itself: nobody here ever touches a byte
   * of it. If the file shrinks, a processor that reads there is killed.
   *
   * @param offset in bytes
   * @param length in bytes, within the file
   * @param arena until it is closed
   * @return read-only; empty where files cannot be mapped
   * @throws java.io.EOFException if the file ends before
   */
  default Optional<MemorySegment> map(long offset, long length, Arena arena) throws IOException {
    return Optional.empty();
  }

  @Override
  void close() throws IOException;
}
