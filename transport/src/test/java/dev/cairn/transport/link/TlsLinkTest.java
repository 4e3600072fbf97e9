package dev.cairn.transport.link;

import java.nio.file.Path;

/** Frames within TLS, both sides with certificates. */
final class TlsLinkTest extends LinkContract {
  @Override
  LinkLab.Ground ground(Path directory) throws Exception {
    return TlsGrounds.withCertificates(directory);
  }
}
