package dev.cairn.transport.link;

import java.io.IOException;
import java.io.Serial;

/** A link has ended: what was outstanding on it gets no answer from there. */
public final class LinkLostException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /** A link that ended without another failure. */
  public LinkLostException(String message) {
    super(message);
  }

  public LinkLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
