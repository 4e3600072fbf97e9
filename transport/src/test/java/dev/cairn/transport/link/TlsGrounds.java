package dev.cairn.transport.link;

import dev.cairn.transport.peer.NamedToken;
import dev.cairn.transport.peer.PeerTokens;
import dev.cairn.transport.tls.Certificates;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.tls.TlsFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where TLS links go. Stateless. */
final class TlsGrounds {
  static final String SECRET = "correct horse battery staple";
  static final String NAME = "host-b";

  private TlsGrounds() {}

  private static Certificates certificates(Path directory)
      throws IOException, InterruptedException {
    Path made = directory.resolve("tls");
    return Files.exists(made.resolve("client-cert.pem"))
        ? Certificates.there(made)
        : new Certificates(made);
  }

  private static TlsCredentials load(TlsFiles files) throws IOException {
    return TlsCredentials.load(files, _ -> {});
  }

  static LinkLab.Ground withCertificates(Path directory) throws Exception {
    Certificates made = certificates(directory);
    return new LinkLab.Ground(
        Endpoint.parse("tls:localhost:0"),
        new LinkServer.Security(Optional.of(load(made.files("server"))), false),
        Optional.of(
            new ClientSettings.Tls(
                load(made.files("client")), Optional.of("localhost"), Optional.empty())),
        Optional.empty());
  }

  /** Returns one whose client has such a token; the server has the right one. */
  static LinkLab.Ground withToken(Path directory, String secret) throws Exception {
    Certificates made = certificates(directory);
    PeerTokens tokens =
        name ->
            name.equals(NAME)
                ? Optional.of(SECRET.getBytes(StandardCharsets.UTF_8))
                : Optional.empty();
    return new LinkLab.Ground(
        Endpoint.parse("tls:localhost:0"),
        new LinkServer.Security(Optional.of(load(made.files("server"))), false),
        Optional.of(
            new ClientSettings.Tls(
                load(made.anonymous()),
                Optional.of("localhost"),
                Optional.of(new NamedToken(NAME, secret.getBytes(StandardCharsets.UTF_8))))),
        Optional.of(tokens));
  }
}
