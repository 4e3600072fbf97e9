package dev.cairn.store;

import java.io.Serial;

/** Somebody else holds the lock, or was faster; try again. Exit code 11. */
public final class BusyException extends StoreException {
  @Serial private static final long serialVersionUID = 1;

  public BusyException(String message) {
    super(message);
  }
}
