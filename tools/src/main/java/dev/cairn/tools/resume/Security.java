package dev.cairn.tools.resume;

import dev.cairn.tools.migration.Address;
import dev.cairn.tools.migration.Connection;
import dev.cairn.transport.tls.SecureChannel;
import dev.cairn.transport.tls.TlsCredentials;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * How a connection to a destination is secured: not at all, or by TLS. Immutable.
 *
 * @param tls nothing for bytes in the clear
 */
public record Security(Optional<Tls> tls) {
  /** Bytes in the clear. */
  public static final Security NONE = new Security(Optional.empty());

  /**
   * TLS, as client.
   *
   * @param hostname that the destination's certificate must name; without one it is the host of the
   *     address, which has one then
   * @param words of a command line that say the same, for people
   */
  public record Tls(TlsCredentials credentials, Optional<String> hostname, String words) {}

  /**
   * Returns the words of a command line, with a space in front; none if there is nothing to say.
   */
  String words() {
    return tls.map(t -> " " + t.words).orElse("");
  }

  /** Connects, and makes sure who is there. */
  Connection connect(Address address, Duration patience) throws IOException {
    Connection plain = address.connect(patience);
    if (tls.isEmpty()) {
      return plain;
    }
    boolean done = false;
    try {
      String name = tls.get().hostname.or(address::hostName).orElseThrow();
      SecureChannel channel = SecureChannel.client(plain, tls.get().credentials, name, patience);
      done = true;
      return new TlsConnection(plain, channel);
    } finally {
      if (!done) {
        plain.close();
      }
    }
  }
}
