package dev.cairn.store;

import java.io.Serial;

/** Bytes of a store are not what was written. Exit code 4. */
public final class CorruptFileException extends StoreException {
  @Serial private static final long serialVersionUID = 1;

  private final String file;
  private final String what;
  private final long offset;
  private final String expected;
  private final String actual;

  /**
   * Says what is wrong where.
   *
   * @param file name of the file
   * @param what the field or part that is wrong
   * @param offset where in the file, bytes
   */
  public CorruptFileException(
      String file, String what, long offset, Object expected, Object actual) {
    super(
        file
            + ": "
            + what
            + " at offset "
            + offset
            + ": expected "
            + expected
            + ", found "
            + actual);
    this.file = file;
    this.what = what;
    this.offset = offset;
    this.expected = expected.toString();
    this.actual = actual.toString();
  }

  public String file() {
    return file;
  }

  public String what() {
    return what;
  }

  /** Returns the offset in bytes within the file. */
  public long offset() {
    return offset;
  }

  public String expected() {
    return expected;
  }

  public String actual() {
    return actual;
  }
}
