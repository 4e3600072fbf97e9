package dev.cairn.store.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A file of a store that is being written; its flock is held until it is closed. Writes of disjoint
 * ranges may come from several threads.
 */
public interface StoreOutput extends Closeable {
  /**
   * Writes a whole segment by pwrite. What was never written reads as zeros.
   *
   * @param offset in bytes
   * @param data borrowed for the call
   */
  void write(long offset, MemorySegment data) throws IOException;

  /**
   * Makes the content durable. After a failure the file is lost: it is never synced again, and the
   * caller must give it up.
   */
  void sync() throws IOException;

  /** Closes the file and lets its flock go. */
  @Override
  void close() throws IOException;
}
