package dev.cairn.tools.capture;

import java.io.IOException;

/** A mode does not work with this QEMU; another one may. Immutable. */
final class ModeFailedException extends IOException {
  private static final long serialVersionUID = 1;

  ModeFailedException(String message) {
    super(message);
  }

  ModeFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
