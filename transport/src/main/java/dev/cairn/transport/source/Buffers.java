package dev.cairn.transport.source;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Native memory for pieces of files, used again and again: as many as there are answers under way,
 * of which some are kept. Thread-safe.
 */
final class Buffers {
  /** Length of each, bytes. */
  static final int BYTES = 256 << 10;

  private static final int MOST_KEPT = 32;

  /** One buffer; the one who took it owns it until it is given back. */
  static final class Buffer {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment = arena.allocate(BYTES, 4096);

    MemorySegment segment() {
      return segment;
    }
  }

  private final Deque<Buffer> free = new ArrayDeque<>(); // guarded by this
  private boolean closed; // guarded by this

  Buffer take() {
    synchronized (this) {
      Buffer buffer = free.poll();
      if (buffer != null) {
        return buffer;
      }
    }
    return new Buffer();
  }

  void give(Buffer buffer) {
    synchronized (this) {
      if (!closed && free.size() < MOST_KEPT) {
        free.push(buffer);
        return;
      }
    }
    buffer.arena.close();
  }

  /** Frees what is not in use; the rest is freed when it is given back. */
  synchronized void close() {
    closed = true;
    free.forEach(buffer -> buffer.arena.close());
    free.clear();
  }
}
