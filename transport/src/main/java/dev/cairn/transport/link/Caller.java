package dev.cairn.transport.link;

import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.peer.TokenProof;
import dev.cairn.transport.tls.SecureChannel;
import java.io.IOException;
import java.util.Optional;

/**
 * Who has called, as far as the connection itself tells. Immutable.
 *
 * @param carrier of its link
 * @param known by certificate or uid, or without a name
 * @param secure of a connection within TLS
 */
record Caller(Carrier carrier, Peer known, Optional<SecureChannel> secure) {
  /** Returns what a token of that name has to be proved over; empty without TLS. */
  Optional<byte[]> exported(String name) throws IOException {
    return secure.isPresent() ? Optional.of(exported(secure.get(), name)) : Optional.empty();
  }

  /** Returns the bytes that both ends of a TLS session have, and nobody else, for one name. */
  static byte[] exported(SecureChannel secure, String name) throws IOException {
    return secure.exportKeyingMaterial(
        TokenProof.LABEL, TokenProof.context(name), TokenProof.EXPORTED_BYTES);
  }
}
