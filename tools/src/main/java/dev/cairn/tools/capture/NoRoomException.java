package dev.cairn.tools.capture;

import java.io.IOException;

/**
 * A checkpoint does not fit into the buffer and its spill file. It is dropped, and the guest runs
 * on. Immutable.
 */
final class NoRoomException extends IOException {
  private static final long serialVersionUID = 1;

  NoRoomException(String message) {
    super(message);
  }

  NoRoomException(String message, IOException cause) {
    super(message, cause);
  }

  /** What tells of a guest's pages alone does not fit. */
  static NoRoomException forTables(long bufferBytes) {
    return new NoRoomException(
        "the buffer of "
            + (bufferBytes >> 20)
            + " MiB is too small for so large a guest: a checkpoint is dropped; give more"
            + " --buffer");
  }
}
