package dev.cairn.transport.link;

import java.nio.file.Path;

/** Frames within TLS, the client with a token. */
final class TokenLinkTest extends LinkContract {
  @Override
  LinkLab.Ground ground(Path directory) throws Exception {
    return TlsGrounds.withToken(directory, TlsGrounds.SECRET);
  }
}
