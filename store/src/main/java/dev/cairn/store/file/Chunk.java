package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import java.lang.foreign.MemorySegment;

/**
 * A chunk's bytes in memory that we own, with what an error about them must say.
 *
 * @param file name of the file
 * @param id the chunk's id
 * @param offset of the chunk in the file, bytes
 * @param bytes its content, CRC checked
 */
record Chunk(String file, int id, long offset, MemorySegment bytes) {
  /** Fails unless {@code holds}. */
  void require(boolean holds, String what, long at, Object expected, Object actual)
      throws CorruptFileException {
    if (!holds) {
      throw corrupt(what, at, expected, actual);
    }
  }

  /**
   * @param at within the chunk, bytes
   */
  CorruptFileException corrupt(String what, long at, Object expected, Object actual) {
    return new CorruptFileException(
        file, ChunkId.text(id) + ": " + what, offset + at, expected, actual);
  }
}
