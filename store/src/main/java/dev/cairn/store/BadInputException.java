package dev.cairn.store;

import java.io.Serial;

/** Input that is not what it claims to be; nothing was stored. Exit code 1. */
public final class BadInputException extends StoreException {
  @Serial private static final long serialVersionUID = 1;

  public BadInputException(String message) {
    super(message);
  }
}
