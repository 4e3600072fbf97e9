package dev.cairn.store;

import java.io.Serial;

/**
 * A version, a machine or a file system that Cairn does not take on; nothing was changed. Exit code
 * 6.
 */
public final class RefusedException extends StoreException {
  @Serial private static final long serialVersionUID = 1;

  public RefusedException(String message) {
    super(message);
  }

  /**
   * Returns the refusal of a file that another version of Cairn wrote.
   *
   * @param offset where in the file its version stands, bytes
   */
  public static RefusedException version(String file, long offset, Object expected, Object actual) {
    return new RefusedException(
        file
            + ": version at offset "
            + offset
            + ": expected "
            + expected
            + ", found "
            + actual
            + "; use a newer Cairn, unless the file is damaged");
  }
}
