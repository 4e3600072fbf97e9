package dev.cairn.store;

import java.io.IOException;
import java.io.Serial;

/**
 * What the world does to a store, told so that a person can act on it. Sealed: who catches one
 * knows them all. Each is one exit code of the command line.
 */
public abstract sealed class StoreException extends IOException
    permits CorruptFileException,
        RefusedException,
        BusyException,
        NoSuchPointException,
        BadNameException,
        BadInputException {
  @Serial private static final long serialVersionUID = 1;

  StoreException(String message) {
    super(message);
  }
}
