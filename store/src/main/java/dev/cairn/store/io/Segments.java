package dev.cairn.store.io;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Owns how a segment of any length is cut into buffers that a channel takes. Immutable. */
final class Segments {
  private static final long NATIVE_PART_BYTES = 1L << 30;

  /** The JDK copies a heap buffer to a native one of its length and keeps that per thread. */
  private static final long HEAP_PART_BYTES = 1L << 20;

  private Segments() {}

  /** Returns the next part of a segment from a position on, as a view. */
  static ByteBuffer part(MemorySegment segment, long position) {
    long mostBytes = segment.isNative() ? NATIVE_PART_BYTES : HEAP_PART_BYTES;
    long lengthBytes = Math.min(segment.byteSize() - position, mostBytes);
    return segment.asSlice(position, lengthBytes).asByteBuffer();
  }
}
