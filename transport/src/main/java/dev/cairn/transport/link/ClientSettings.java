package dev.cairn.transport.link;

import dev.cairn.transport.peer.NamedToken;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Versions;
import java.util.Optional;

/**
 * What a client is. Immutable.
 *
 * @param abilities what it says in HELLO; its streams are those that it wants
 * @param versions that it speaks
 * @param tls of {@code tls:} endpoints
 */
public record ClientSettings(Abilities abilities, Versions versions, Optional<Tls> tls) {
  /**
   * How a client speaks TLS.
   *
   * @param credentials whom it trusts, and who it is if it has a certificate
   * @param hostname that the server's certificate must name, if not the endpoint's host
   * @param token by which it shows who it is, if it has one
   */
  public record Tls(
      TlsCredentials credentials, Optional<String> hostname, Optional<NamedToken> token) {}
}
