package dev.cairn.tests.fuzz;

/**
 * What reading a file may allocate on the heap in all, garbage included, bytes.
 *
 * @param constant buffers, a decoder's tables, an error, the and the tests' own objects
 * @param factor for one byte of the file
 */
record Allowance(long constant, long factor) {
  /**
   * Of Cairn's own files. What a byte is decoded to takes most where a point has no label and a
   * layout of its own: 84 bytes of a point and 12 of a layout become a {@code Point} with time, id,
   * counts and lists of some 350. All is read as bytes, decoded, encoded, and decoded again by the
   * check.
   */
  static final Allowance OF_STORE = new Allowance(128 << 10, 16);

  /**
   * Of a manifest. A line of some ten bytes, such as a block's, becomes its text, an array of
   * words, a decoded name and an entry; all of that is written as text once more, and a byte of a
   * name as three characters, as the text has to be what Cairn itself writes. Seen: 48 to 127 for a
   * byte, however many there are.
   */
  static final Allowance OF_MANIFEST = new Allowance(128 << 10, 160);

  /**
   * Of a mapped-ram file: device sections are read to find their end and once more, and copied into
   * a section; a bitmap is read as bytes and kept as words; a subsection of some 40 bytes is read
   * as a name, copied, and kept in a growing array. A block's objects take less than its one page.
   */
  static final Allowance OF_IMAGE = new Allowance(64 << 10, 8);

  /**
   * Of a migration stream: an entry of the block table has some ten bytes, and becomes a block
   * whose name an encoder has checked, and entries of two hash tables; a record of eleven bytes may
   * name its block, and takes a place of 16 bytes in a table that is at most half full and was made
   * anew as it grew. A device state is gathered in an array that doubles, cut out and kept, and a
   * description's every field read as text.
   */
  static final Allowance OF_STREAM = new Allowance(128 << 10, 64);

  /**
   * Of the files of TLS, each input read twice: what the JDK makes for a context, a key store and a
   * signature is most of it; a block is text, base64, DER and what that says.
   */
  static final Allowance OF_PEM = new Allowance(4 << 20, 64);

  /** An error with its text and stack, and what was read to find it, bytes. */
  private static final long REFUSAL = 2 << 10;

  /** The section that is given out is a copy of what was decoded. */
  private static final long COPIES = 2;

  /**
   * What of a file that was taken as a whole may take more than its length is worth.
   *
   * @param refusals of its parts: what asks for one ends there, but the tests go on
   * @param plain bytes that compressed device state may have
   */
  record Extra(long refusals, long plain) {
    static final Extra NONE = new Extra(0, 0);
  }

  /**
   * Returns the bytes that may be allocated.
   *
   * @param length of the file, bytes
   */
  long of(long length, Extra extra) {
    return constant + factor * length + REFUSAL * extra.refusals + COPIES * extra.plain;
  }
}
