package dev.cairn.tools.resume;

import java.io.IOException;

/** The destination of a postcopy is gone, and with it what its guest has done. Exit code 7. */
public final class DestinationLostException extends IOException {
  private static final long serialVersionUID = 1;

  public DestinationLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
