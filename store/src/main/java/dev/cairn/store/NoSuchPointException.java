package dev.cairn.store;

import java.io.Serial;

/** There is no such store, chain or restore point (any more). Exit code 10. */
public final class NoSuchPointException extends StoreException {
  @Serial private static final long serialVersionUID = 1;

  public NoSuchPointException(String message) {
    super(message);
  }
}
