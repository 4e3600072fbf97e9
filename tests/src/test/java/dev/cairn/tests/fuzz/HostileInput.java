package dev.cairn.tests.fuzz;

import dev.cairn.store.io.StoreInput;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A file in memory whose zeros may be left out, and that must not be asked for what it does not
 * have. Not thread-safe.
 */
final class HostileInput implements StoreInput {
  /** Bytes of the file at an offset. */
  private record Piece(long offset, MemorySegment bytes) {}

  private final long length;
  private final List<Piece> pieces = new ArrayList<>();

  /**
   * Makes a file of zeros.
   *
   * @param length bytes
   */
  HostileInput(long length) {
    this.length = length;
  }

  /** Puts bytes at an offset. */
  HostileInput with(long offset, MemorySegment bytes) {
    pieces.add(new Piece(offset, bytes));
    return this;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public int names() {
    return 1;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    if (offset < 0 || into.byteSize() > length - offset) {
      throw new AssertionError(
          "asked for " + into.byteSize() + " bytes at " + offset + " of " + length);
    }
    if (pieces.size() > 1) {
      into.fill((byte) 0);
    }
    for (Piece piece : pieces) {
      long from = Math.max(offset, piece.offset);
      long to = Math.min(offset + into.byteSize(), piece.offset + piece.bytes.byteSize());
      if (from < to) {
        MemorySegment.copy(piece.bytes, from - piece.offset, into, from - offset, to - from);
      }
    }
  }

  @Override
  public void close() {}
}
