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
}
