package dev.cairn.tools.command;

import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of TLS, by which a client is told of its files. */
final class TlsOptions {
  @Option(
      names = "--tls-creds",
      paramLabel = "DIR",
      description =
          "TLS with the files of QEMU's tls-creds-x509: ca-cert.pem, and client-cert.pem with"
              + " client-key.pem if the other side asks who we are")
  @Nullable Path directory;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "TLS; PEM certificates of the authorities that sign the other side's")
  @Nullable Path authority;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "our own PEM certificate, and those between it and the other side's authority")
  @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "its PEM key, not encrypted")
  @Nullable Path key;

  @Option(
      names = "--tls-hostname",
      paramLabel = "NAME",
      description = "what the other side's certificate must name, if not the host of the address")
  @Nullable String hostname;

  /** Tells whether TLS is wanted. */
  boolean areGiven() {
    return directory != null
        || authority != null
        || certificate != null
        || key != null
        || hostname != null;
  }

  Optional<String> hostname() {
    return Optional.ofNullable(hostname);
  }

  /** Reads the files. */
  TlsCredentials load(Consumer<String> warnings) throws IOException {
    return TlsCredentials.load(files(), warnings);
  }

  private TlsFiles files() {
    Optional<TlsFiles> named = Optional.ofNullable(directory).map(TlsFiles::ofClient);
    @Nullable Path signers =
        authority != null ? authority : named.map(TlsFiles::authority).orElse(null);
    if (signers == null) {
      throw new UsageException("--tls-…: expected --tls-creds DIR or --tls-ca FILE: whom to trust");
    }
    if ((certificate == null) != (key == null)) {
      throw new UsageException("--tls-cert and --tls-key: expected both");
    }
    return new TlsFiles(
        signers,
        certificate != null && key != null
            ? Optional.of(new TlsFiles.Identity(certificate, key))
            : named.flatMap(TlsFiles::identity));
  }

  /** Returns them as they were typed. */
  String words() {
    List<String> words = new ArrayList<>();
    add(words, "--tls-creds", directory);
    add(words, "--tls-ca", authority);
    add(words, "--tls-cert", certificate);
    add(words, "--tls-key", key);
    add(words, "--tls-hostname", hostname);
    return String.join(" ", words);
  }

  private static void add(List<String> words, String option, @Nullable Object value) {
    if (value != null) {
      words.add(option + " " + value);
    }
  }
}
