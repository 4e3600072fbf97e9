package dev.cairn.store.file;

/**
 * Where a frame lies, packed into 64 bits: {@code kind << 60 | steps << 50 | ordinal << 36 | offset
 * / 64}. The steps are a compressed page frame's length ÷ 64, else 0; the ordinal names an entry of
 * the addressing file's file table. Layout: FORMAT.md, Addresses.
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

  /** A length, the base's CRC and address, then a zstd frame of what differs. */
  public static final int DIFFERENCE = 4;

  /** How far before a difference its base begins at most, in pages. */
  public static final int REACH_PAGES = 8;

  /** Most files that one file can draw on. */
  public static final int MAX_ORDINALS = 1 << 14;

  /** Frames begin at multiples of this, bytes. */
  public static final int STEP = 64;

  /** Highest offset of a frame, bytes: 4 TiB less a step. */
  static final long MAX_OFFSET = ((1L << 36) - 1) * STEP;

  private static final int KIND_SHIFT = 60;
  private static final int STEPS_SHIFT = 50;
  private static final int ORDINAL_SHIFT = 36;
  private static final int MAX_STEPS = 1 << 10;

  private Address() {}

  /**
   * Packs the address of a frame that is as long as a page, or whose length is known elsewhere.
   *
   * @param offset in bytes, a multiple of 64 below 4 TiB
   */
  public static long of(int kind, int ordinal, long offset) {
    return of(kind, ordinal, offset, 0);
  }

  /**
   * Packs the address of a compressed page frame.
   *
   * @param offset in bytes, a multiple of 64 below 4 TiB
   * @param storedBytes of the frame, padding included: a multiple of 64
   */
  public static long of(int kind, int ordinal, long offset, int storedBytes) {
    int steps = storedBytes / STEP;
    if (kind < ZERO || kind > DIFFERENCE || ordinal < 0 || ordinal >= MAX_ORDINALS) {
      throw new IllegalArgumentException("kind " + kind + ", ordinal " + ordinal);
    }
    if (offset < 0 || offset > MAX_OFFSET || offset % STEP != 0) {
      throw new IllegalArgumentException("frame offset " + offset);
    }
    if (steps < 0 || steps >= MAX_STEPS || storedBytes % STEP != 0) {
      throw new IllegalArgumentException("frame of " + storedBytes + " bytes");
    }
    return ((long) kind << KIND_SHIFT)
        | ((long) steps << STEPS_SHIFT)
        | ((long) ordinal << ORDINAL_SHIFT)
        | (offset / STEP);
  }

  public static int kind(long address) {
    return (int) (address >>> KIND_SHIFT);
  }

  public static int ordinal(long address) {
    return (int) (address >>> ORDINAL_SHIFT) & (MAX_ORDINALS - 1);
  }

  /** Returns the frame's offset in bytes. */
  public static long offset(long address) {
    return (address & (MAX_OFFSET / STEP)) * STEP;
  }

  /** Returns the length in bytes of a compressed page frame, padding included; 0 if plain. */
  public static int compressedBytes(long address) {
    return ((int) (address >>> STEPS_SHIFT) & (MAX_STEPS - 1)) * STEP;
  }

  /** Returns the bytes that a page frame takes in its file. */
  public static long storedBytes(long address, int pageSize) {
    return switch (kind(address)) {
      case ZERO -> 0;
      case PLAIN -> pageSize;
      default -> compressedBytes(address);
    };
  }

  /**
   * Returns the offset of the first byte that is needed to read a page frame: that of the frame,
   * but for a difference, whose base can lie anywhere from here on.
   */
  public static long neededFrom(long address, int pageSize) {
    long offset = offset(address);
    return kind(address) != DIFFERENCE
        ? offset
        : Math.max(FileHeader.LENGTH, offset - (long) REACH_PAGES * pageSize);
  }

  /** Returns the address of an equal frame at another offset of file 0. */
  public static long at(long address, long offset) {
    return of(kind(address), 0, offset, compressedBytes(address));
  }

  /** Returns the same frame under another ordinal. */
  public static long withOrdinal(long address, int ordinal) {
    return (address & ~((long) (MAX_ORDINALS - 1) << ORDINAL_SHIFT))
        | ((long) ordinal << ORDINAL_SHIFT);
  }

  /** Returns what the offset of a plain page frame is a multiple of, bytes. */
  static int alignment(int pageSize) {
    return Math.min(pageSize, 4096);
  }

  /**
   * Tells whether an address can be one of a page frame.
   *
   * @param version of the file that has the address
   */
  static boolean isSound(long address, int pageSize, int ordinals, int version) {
    return (kind(address) != DIFFERENCE || version >= FileHeader.DIFFERENCES_VERSION)
        && isSound(address, pageSize, ordinals);
  }

  private static boolean isSound(long address, int pageSize, int ordinals) {
    int bytes = compressedBytes(address);
    boolean inBody = offset(address) >= FileHeader.LENGTH && ordinal(address) < ordinals;
    return switch (kind(address)) {
      case ZERO -> address == 0;
      case PLAIN -> inBody && bytes == 0 && offset(address) % alignment(pageSize) == 0;
      case LZ4, ZSTD, DIFFERENCE ->
          inBody && bytes > 0 && bytes <= FrameEncoder.maxCompressed(pageSize);
      default -> false;
    };
  }
}
