package dev.cairn.tools.resume;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The connection does not carry any more. */
final class LinkDownException extends IOException {
  private static final long serialVersionUID = 1;

  LinkDownException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
