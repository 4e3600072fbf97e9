package dev.cairn.tools.resume;

import java.io.IOException;

/**
 * The destination of a postcopy is there, but the transfer is not: it waits for another source.
 * Exit code 3.
 */
public final class TransferPausedException extends IOException {
  private static final long serialVersionUID = 1;

  public TransferPausedException(String message, Throwable cause) {
    super(message, cause);
  }
}
