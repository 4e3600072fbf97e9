package dev.cairn.transport.tls;

import java.io.IOException;
import java.io.Serial;

/** A peer does not speak TLS as it must, or has ended it with an alert. */
public final class TlsException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  TlsException(String message, Throwable cause) {
    super(message, cause);
  }
}
