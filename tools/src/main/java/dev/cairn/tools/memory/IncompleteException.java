package dev.cairn.tools.memory;

import java.io.IOException;
import java.io.Serial;

/** A point is not here, and nobody brings it just now. Exit code 3. */
public final class IncompleteException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  public IncompleteException(String message) {
    super(message);
  }
}
