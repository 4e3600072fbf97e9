package dev.cairn.transport.tls;

/** Whether a server asks its clients for a certificate. One that is shown is always checked. */
public enum ClientCertificate {
  /** It does not ask. */
  NONE,

  /** It asks; a client without one is let in, and has no name. */
  WANTED,

  /** A client without one is refused. */
  REQUIRED
}
