package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

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

  /** Returns a text in UTF-8. */
  String text(long at, MemorySegment utf8) throws CorruptFileException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8.asByteBuffer()).toString();
    } catch (CharacterCodingException e) {
      throw corrupt("text", at, "UTF-8", utf8.byteSize() + " other bytes");
    }
  }
}
