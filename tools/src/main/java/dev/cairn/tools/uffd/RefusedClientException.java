package dev.cairn.tools.uffd;

import java.io.IOException;
import java.io.Serial;

/** What a client handed over is not as it must be; nothing of it was changed. */
final class RefusedClientException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  RefusedClientException(String what, Object expected, Object found) {
    super(what + ": expected " + expected + ", found " + found);
  }

  RefusedClientException(String message, Throwable cause) {
    super(message, cause);
  }
}
