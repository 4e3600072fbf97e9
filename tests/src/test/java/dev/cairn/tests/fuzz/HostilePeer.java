package dev.cairn.tests.fuzz;

import dev.cairn.tools.migration.Connection;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/** A connection whose peer sends pieces, and then ends its side. Not thread-safe. */
final class HostilePeer implements Connection {
  private final List<MemorySegment> pieces;
  private int next;
  private long at;

  /**
   * Makes a peer.
   *
   * @param pieces none is read together with another
   */
  HostilePeer(List<MemorySegment> pieces) {
    this.pieces = pieces;
  }

  /** Tells whether all was read. */
  boolean isDone() {
    return next == pieces.size();
  }

  @Override
  public boolean awaitInput(Duration most) {
    return true;
  }

  @Override
  public int read(MemorySegment into) {
    if (isDone()) {
      return -1;
    }
    MemorySegment piece = pieces.get(next);
    int count = (int) Math.min(into.byteSize(), piece.byteSize() - at);
    MemorySegment.copy(piece, at, into, 0, count);
    at += count;
    if (at == piece.byteSize()) {
      next++;
      at = 0;
    }
    return count;
  }

  @Override
  public void write(MemorySegment from) {
    throw new AssertionError("a reader writes");
  }

  @Override
  public void shutdown() {
    next = pieces.size();
  }

  @Override
  public String name() {
    return "the peer";
  }

  @Override
  public void close() {}
}
