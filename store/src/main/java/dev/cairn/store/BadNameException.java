package dev.cairn.store;

import java.io.Serial;

/** A name that nothing can have: whoever asked has mistyped it. Exit code 2. */
public final class BadNameException extends StoreException {
  @Serial private static final long serialVersionUID = 1;

  public BadNameException(String message) {
    super(message);
  }
}
