package dev.cairn.tools.capture;

import java.io.IOException;

/** A checkpoint was dropped on its way; the guest runs on, and the next one may come. Immutable. */
final class LostCheckpointException extends IOException {
  private static final long serialVersionUID = 1;

  LostCheckpointException(String message) {
    super(message);
  }

  LostCheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
