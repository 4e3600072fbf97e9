package dev.cairn.store.file;

/**
 * Where a frame lies, packed into 64 bits: {@code kind << 60 | ordinal << 40 | offset / 64}. The
 * ordinal names an entry of the addressing file's file table. Layout: FORMAT.md, Addresses.
 */
public final class Address {
  /** A page of zeros; it has no frame, and its whole address is 0. */
  public static final int ZERO = 0;

  /** The bytes themselves. */
  public static final int PLAIN = 1;

  /** A length, then an LZ4 block. */
  public static final int LZ4 = 2;

  /** A length, then a zstd frame. */
  public static final int ZSTD = 3;

  /** Most files that one file can draw on. */
  public static final int MAX_ORDINALS = 1 << 20;

  private Address() {}

  /**
   * Packs an address.
   *
   * @param offset in bytes, a multiple of 64 below 2^46
   */
  public static long of(int kind, int ordinal, long offset) {
    if (kind < ZERO || kind > ZSTD || ordinal < 0 || ordinal >= MAX_ORDINALS) {
      throw new IllegalArgumentException("kind " + kind + ", ordinal " + ordinal);
    }
    if (offset < 0 || offset >= 1L << 46 || (offset & 63) != 0) {
      throw new IllegalArgumentException("frame offset " + offset);
    }
    return ((long) kind << 60) | ((long) ordinal << 40) | (offset >>> 6);
  }

  public static int kind(long address) {
    return (int) (address >>> 60);
  }

  public static int ordinal(long address) {
    return (int) (address >>> 40) & (MAX_ORDINALS - 1);
  }

  /** Returns the frame's offset in bytes. */
  public static long offset(long address) {
    return (address & ((1L << 40) - 1)) << 6;
  }

  /** Returns the same frame under another ordinal. */
  public static long withOrdinal(long address, int ordinal) {
    return (address & ~((long) (MAX_ORDINALS - 1) << 40)) | ((long) ordinal << 40);
  }
}
