package dev.cairn.tools.resume;

import java.io.IOException;

/** The connection to the destination has ended too early; what follows depends on the state. */
final class LinkException extends IOException {
  private static final long serialVersionUID = 1;

  private final PostcopyState state;

  LinkException(PostcopyState state, String message, Throwable cause) {
    super(message, cause);
    this.state = state;
  }

  /** Returns the state that the transfer was in. */
  PostcopyState state() {
    return state;
  }
}
