package dev.cairn.transport.tls;

import java.io.Serial;
import java.security.cert.CertificateException;

/** Why a peer's certificate was not taken, in words for people. */
final class PeerRefusal extends CertificateException {
  @Serial private static final long serialVersionUID = 1;

  PeerRefusal(String message, Throwable cause) {
    super(message, cause);
  }
}
