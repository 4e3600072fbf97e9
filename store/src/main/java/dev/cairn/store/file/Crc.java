package dev.cairn.store.file;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * CRC-32C (Castagnoli, RFC 3720) of memory that Cairn owns; never of a mapped file. Not
 * thread-safe.
 */
public final class Crc {
  private static final int SLICE = 1 << 30;

  private final CRC32C crc = new CRC32C();

  /** Makes a checksum of nothing yet. */
  public Crc() {}

  /** Returns the checksum of a whole segment. */
  public int of(MemorySegment segment) {
    crc.reset();
    for (long at = 0; at < segment.byteSize(); at += SLICE) {
      crc.update(segment.asSlice(at, Math.min(SLICE, segment.byteSize() - at)).asByteBuffer());
    }
    return (int) crc.getValue();
  }

  /** Returns the checksum of part of a segment. */
  public int of(MemorySegment segment, long offset, long length) {
    return of(segment.asSlice(offset, length));
  }

  /** Returns the checksum of that many zero bytes. */
  public static int ofZeros(int length) {
    return new Crc().of(MemorySegment.ofArray(new byte[length]));
  }
}
