package dev.cairn.store.file;

/**
 * Joins CRC-32C checksums: that of two pieces, one behind the other, from theirs. A checksum behind
 * which n zero bytes follow is a linear map of it; the maps for powers of two are kept as matrices
 * of 32 columns. As crc32_combine of zlib does. Immutable.
 */
final class CrcJoin {
  /** The polynomial of Castagnoli, bits reversed. */
  private static final int POLYNOMIAL = 0x82F63B78;

  /** Pieces are at most a block long. */
  private static final int MOST_SHIFT = 20;

  private static final int[][] BY_ZEROS = byZeros();

  private CrcJoin() {}

  /**
   * Returns the checksum of two pieces.
   *
   * @param length of the second, bytes; at most 2 MiB - 1
   */
  static int join(int first, int second, long length) {
    int joined = first;
    for (int k = 0; k <= MOST_SHIFT; k++) {
      if ((length >>> k & 1) != 0) {
        joined = times(BY_ZEROS[k], joined);
      }
    }
    return joined ^ second;
  }

  private static int times(int[] matrix, int vector) {
    int product = 0;
    for (int bits = vector; bits != 0; bits &= bits - 1) {
      product ^= matrix[Integer.numberOfTrailingZeros(bits)];
    }
    return product;
  }

  /** Returns the maps for 1, 2, 4 … zero bytes. */
  private static int[][] byZeros() {
    int[] map = new int[32]; // one zero bit
    map[0] = POLYNOMIAL;
    for (int i = 1; i < 32; i++) {
      map[i] = 1 << (i - 1);
    }
    int[][] maps = new int[MOST_SHIFT + 1][];
    for (int k = -3; k <= MOST_SHIFT; k++) {
      if (k >= 0) {
        maps[k] = map;
      }
      map = square(map);
    }
    return maps;
  }

  private static int[] square(int[] matrix) {
    int[] result = new int[32];
    for (int i = 0; i < 32; i++) {
      result[i] = times(matrix, matrix[i]);
    }
    return result;
  }
}
