package dev.cairn.transport.tls;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which PEM files hold what TLS needs. Immutable.
 *
 * @param authority certificates that sign those of peers; one or more
 * @param identity what is shown to peers; a client may have none
 */
public record TlsFiles(Path authority, Optional<Identity> identity) {
  /**
   * What is shown to peers.
   *
   * @param certificate one's own, then those between it and the peers' authority
   * @param key that belongs to the first of them, not encrypted
   */
  public record Identity(Path certificate, Path key) {}

  /**
   * Returns the files of a client, by the names that QEMU's {@code tls-creds-x509,dir=} has: {@code
   * ca-cert.pem}, and {@code client-cert.pem} with {@code client-key.pem} if one of them is there.
   */
  public static TlsFiles ofClient(Path directory) {
    Identity identity = identity(directory, "client");
    boolean any = Files.exists(identity.certificate) || Files.exists(identity.key);
    return new TlsFiles(authority(directory), any ? Optional.of(identity) : Optional.empty());
  }

  /** Returns those of a server: {@code ca-cert.pem server-cert.pem server-key.pem}. */
  public static TlsFiles ofServer(Path directory) {
    return new TlsFiles(authority(directory), Optional.of(identity(directory, "server")));
  }

  private static Path authority(Path directory) {
    return directory.resolve("ca-cert.pem");
  }

  private static Identity identity(Path directory, String side) {
    return new Identity(
        directory.resolve(side + "-cert.pem"), directory.resolve(side + "-key.pem"));
  }
}
