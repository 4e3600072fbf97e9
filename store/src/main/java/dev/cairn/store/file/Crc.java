package dev.cairn.store.file;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/**
 * CRC-32C (Castagnoli, RFC 3720) of memory that Cairn owns; never of a mapped file. Not
 * thread-safe.
 */
public final class Crc {
  private static final int SLICE = 1 << 30;

  /** One for each of the few page sizes. */
  private static final Map<Integer, Integer> ZERO_PAGES = new ConcurrentHashMap<>();

  private final CRC32C crc = new CRC32C();

  /** The segment of the last part that was asked for, as {@link CRC32C} takes it. */
  private MemorySegment seen = MemorySegment.NULL;

  private ByteBuffer buffer = ByteBuffer.allocate(0);

  /** Makes a checksum of nothing yet. */
  public Crc() {}

  /** Returns the checksum of a whole segment. */
  public int of(MemorySegment segment) {
    crc.reset();
    if (segment.byteSize() <= SLICE) {
      crc.update(segment.asByteBuffer());
      return (int) crc.getValue();
    }
    for (long at = 0; at < segment.byteSize(); at += SLICE) {
      crc.update(segment.asSlice(at, Math.min(SLICE, segment.byteSize() - at)).asByteBuffer());
    }
    return (int) crc.getValue();
  }

  /**
   * Returns the checksum of part of a segment. Part after part of the same one allocates nothing: a
   * slice and a buffer for each page are 150 bytes.
   */
  public int of(MemorySegment segment, long offset, long length) {
    if (segment.byteSize() > SLICE) {
      return of(segment.asSlice(offset, length));
    }
    Objects.checkFromIndexSize(offset, length, segment.byteSize());
    if (segment != seen) {
      buffer = segment.asByteBuffer();
      seen = segment;
    }
    crc.reset();
    crc.update(buffer.limit((int) (offset + length)).position((int) offset));
    return (int) crc.getValue();
  }

  /** Returns the checksum of a page of zeros. */
  public static int ofZeroPage(int pageSize) {
    return ZERO_PAGES.computeIfAbsent(
        pageSize, size -> new Crc().of(MemorySegment.ofArray(new byte[size])));
  }
}
