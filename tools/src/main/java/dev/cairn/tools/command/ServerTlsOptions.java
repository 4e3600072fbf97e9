package dev.cairn.tools.command;

import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of TLS, by which a server is told of its files. */
final class ServerTlsOptions {
  @Option(
      names = "--tls-creds",
      paramLabel = "DIR",
      description =
          "of tls: endpoints: the files of QEMU's tls-creds-x509: ca-cert.pem, server-cert.pem,"
              + " server-key.pem; without ca-cert.pem clients need tokens")
  @Nullable Path directory;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description =
          "PEM certificates of the authorities that sign those of clients; without it clients show"
              + " no certificates, and need tokens")
  @Nullable Path authority;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "our own PEM certificate, and those between it and the clients' authority")
  @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "its PEM key, not encrypted")
  @Nullable Path key;

  /** Reads the files, if there are any. */
  Optional<TlsCredentials> load(Consumer<String> warnings) throws IOException {
    if (directory == null && authority == null && certificate == null && key == null) {
      return Optional.empty();
    }
    if ((certificate == null) != (key == null)) {
      throw new UsageException("--tls-cert and --tls-key: expected both");
    }
    Optional<TlsFiles> named = Optional.ofNullable(directory).map(TlsFiles::ofServer);
    Optional<Path> signers =
        authority != null
            ? Optional.of(authority)
            : named.map(TlsFiles::authority).filter(Files::exists);
    Optional<TlsFiles.Identity> identity =
        certificate != null && key != null
            ? Optional.of(new TlsFiles.Identity(certificate, key))
            : named.flatMap(TlsFiles::identity);
    if (identity.isEmpty()) {
      throw new UsageException(
          "--tls-…: expected --tls-creds DIR, or --tls-cert and --tls-key: who we are");
    }
    return Optional.of(
        signers.isPresent()
            ? TlsCredentials.load(new TlsFiles(signers.get(), identity), warnings)
            : TlsCredentials.withoutAuthority(identity.get(), warnings));
  }
}
