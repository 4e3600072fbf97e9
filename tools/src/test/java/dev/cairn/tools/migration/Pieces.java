package dev.cairn.tools.migration;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * A connection whose peer has sent some pieces, and then ends its side. Each read brings no more
 * than one. Not thread-safe.
 */
final class Pieces implements Connection {
  private final Queue<byte[]> pieces = new ArrayDeque<>();

  /** Where the last read was to go, and how long it might have been. */
  final List<MemorySegment> asked = new ArrayList<>();

  static Pieces of(byte[]... pieces) {
    Pieces connection = new Pieces();
    connection.pieces.addAll(Arrays.asList(pieces));
    return connection;
  }

  /** Cuts bytes into pieces of one length. */
  static Pieces cut(byte[] bytes, int length) {
    Pieces connection = new Pieces();
    for (int at = 0; at < bytes.length; at += length) {
      connection.pieces.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + length)));
    }
    return connection;
  }

  @Override
  public boolean awaitInput(Duration most) throws IOException {
    return true;
  }

  @Override
  public int read(MemorySegment into) {
    asked.add(into);
    byte[] piece = pieces.poll();
    if (piece == null) {
      return -1;
    }
    int count = (int) Math.min(piece.length, into.byteSize());
    MemorySegment.copy(MemorySegment.ofArray(piece), 0, into, 0, count);
    if (count < piece.length) {
      ArrayDeque<byte[]> rest = new ArrayDeque<>(pieces);
      pieces.clear();
      pieces.add(Arrays.copyOfRange(piece, count, piece.length));
      pieces.addAll(rest);
    }
    return count;
  }

  @Override
  public void write(MemorySegment from) {
    throw new IllegalStateException("nobody writes here");
  }

  @Override
  public void shutdown() {
    pieces.clear();
  }

  @Override
  public String name() {
    return "the peer";
  }

  @Override
  public void close() {}
}
