package dev.cairn.tests.hosts;

import java.io.IOException;

/** Two network namespaces cannot be had here; the message says what failed. Immutable. */
final class NotAllowedException extends IOException {
  private static final long serialVersionUID = 1L;

  NotAllowedException(String what) {
    super(what);
  }
}
