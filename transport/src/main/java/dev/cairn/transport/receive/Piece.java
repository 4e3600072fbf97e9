package dev.cairn.transport.receive;

import dev.cairn.chain.IncomingFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** One FETCH: what is asked for, and what is done with it. Immutable. */
sealed interface Piece {
  IncomingFile file();

  IncomingFile.Range range();

  /**
   * Takes the bytes.
   *
   * @throws dev.cairn.store.CorruptFileException if they do not certify themselves
   */
  void put(MemorySegment bytes) throws IOException;

  /** Header, footer or metadata. */
  record Metadata(IncomingFile file, IncomingFile.Range range) implements Piece {
    @Override
    public void put(MemorySegment bytes) throws IOException {
      file.putMetadata(range, bytes);
    }
  }

  /** A MiB of the body. */
  record Block(IncomingFile file, long number, IncomingFile.Range range) implements Piece {
    @Override
    public void put(MemorySegment bytes) throws IOException {
      file.putBlock(number, bytes);
    }
  }
}
