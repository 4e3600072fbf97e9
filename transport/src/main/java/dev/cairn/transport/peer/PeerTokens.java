package dev.cairn.transport.peer;

import java.util.Optional;

/** The tokens by which clients without a certificate show who they are. Thread-safe. */
@FunctionalInterface
public interface PeerTokens {
  /** Returns the token of a name; the caller may overwrite it. */
  Optional<byte[]> of(String name);

  /** No client is known by a token. */
  static PeerTokens none() {
    return _ -> Optional.empty();
  }
}
