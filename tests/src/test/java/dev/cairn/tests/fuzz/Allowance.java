package dev.cairn.tests.fuzz;

/** What reading a file may allocate on the heap in all, garbage included. */
final class Allowance {
  /** Buffers, a decoder's tables, errors and the tests' own objects, bytes. */
  static final long CONSTANT = 1 << 20;

  /** Objects for one byte of a file: points as records, and all is read and encoded twice. */
  static final long FACTOR = 32;

  private Allowance() {}

  /**
   * @param length of the file, bytes
   */
  static long of(long length) {
    return CONSTANT + FACTOR * length;
  }
}
