package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.tls.Certificates;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.tls.TlsFiles;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve}, {@code pull} and {@code send} over TLS, by certificates and by tokens. */
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsCommandsTest {
  private static final String SECRET = "correct-horse-battery-staple";

  private Path directory = Path.of("");
  private Path there = Path.of("");
  private Path ours = Path.of("");
  private Path others = Path.of("");
  private int stores;

  @BeforeAll
  void prepare(@TempDir Path temporary) throws IOException, InterruptedException {
    directory = temporary;
    there = temporary.resolve("there");
    Cli cairn = new Cli(there);
    cairn.run(0, "init");
    for (String chain : List.of("vm", "secret")) {
      checkpoint(cairn, chain, 0);
      checkpoint(cairn, chain, 1);
    }
    ours = new Certificates(temporary.resolve("ours")).directory();
    others = new Certificates(temporary.resolve("others")).directory();
  }

  private void checkpoint(Cli cairn, String chain, int number) throws IOException {
    Path image = directory.resolve("image");
    Files.write(image, new NumberedMemory(64).at(number));
    cairn.run(0, "checkpoint", chain, "--from", "raw:" + image);
  }

  private Cli newStore() {
    Cli cairn = new Cli(directory.resolve("here" + stores++));
    cairn.run(0, "init");
    return cairn;
  }

  /** Writes a file that only we can read. */
  private String own(String name, String... lines) throws IOException {
    Path file = directory.resolve(name);
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, List.of(lines));
    return file.toString();
  }

  private ServeProcess serve(String scheme, String... options)
      throws IOException, InterruptedException {
    return ServeProcess.start(directory, there, scheme, options);
  }

  private ServeProcess serveTokens(String... options) throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "--tls-cert",
                ours.resolve("server-cert.pem").toString(),
                "--tls-key",
                ours.resolve("server-key.pem").toString(),
                "--tokens",
                own("tokens", "host-b " + SECRET, "host-c another-" + SECRET)));
    words.addAll(List.of(options));
    return serve("tls", words.toArray(String[]::new));
  }

  private static Cli.Said pull(Cli cairn, String point, String from, String... options) {
    List<String> words = new ArrayList<>(List.of("pull", point, "--from", from));
    words.addAll(List.of("--patience", "2s"));
    words.addAll(List.of(options));
    return cairn.attempt(words.toArray(String[]::new));
  }

  private static void assertEnds(int exit, Cli.Said said, String... words) {
    assertEquals(exit, said.exit(), said::toString);
    for (String word : words) {
      assertTrue(said.errors().contains(word), said::toString);
    }
  }

  private String authority() {
    return ours.resolve("ca-cert.pem").toString();
  }

  @Test
  void aClientsCertificateNamesItAndItMayDoWhatAuthSays() throws Exception {
    String auth = own("auth", "client pull vm", "client send new-*");
    try (ServeProcess serve = serve("tls", "--tls-creds", ours.toString(), "--auth", auth)) {
      Cli here = newStore();
      assertEnds(0, pull(here, "vm@1", serve.endpoint(), "--tls-creds", ours.toString()));
      assertEquals(2, here.json(0, "list", "vm").path("points").size());
      here.run(0, "verify");
      assertEnds(10, pull(here, "secret@1", serve.endpoint(), "--tls-creds", ours.toString()));

      String[] send = {"send", "vm@1", "--to", serve.endpoint(), "--tls-creds", ours.toString()};
      assertEnds(1, here.attempt(send), "send");
      assertEnds(0, here.attempt(with(send, "--as", "new-vm")));
      assertEquals(2, new Cli(there).json(0, "list", "new-vm").path("points").size());

      assertEnds(6, pull(here, "vm@1", serve.endpoint(), "--tls-creds", others.toString()));
      Cli.Said unknown =
          pull(
              here,
              "vm@1",
              serve.endpoint(),
              "--tls-ca",
              authority(),
              "--tls-cert",
              others.resolve("client-cert.pem").toString(),
              "--tls-key",
              others.resolve("client-key.pem").toString());
      assertEnds(1, unknown, "certificate");
      assertEnds(1, pull(here, "vm@1", serve.endpoint(), "--tls-ca", authority()), "--tls-cert");
      serve.awaitWord("not let in: ");
    }
  }

  private static String[] with(String[] words, String... more) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void tokensNeedNoAuthorityOfClients() throws Exception {
    String auth = own("auth-of-tokens", "host-b pull vm", "host-b send from-*");
    try (ServeProcess serve = serveTokens("--auth", auth)) {
      Cli here = newStore();
      String right = own("token", "host-b " + SECRET);
      String[] tls = {"--tls-ca", authority()};
      assertEnds(0, pull(here, "vm@1", serve.endpoint(), with(tls, "--token", right)));
      here.run(0, "verify");
      String[] send = with(new String[] {"send", "vm@1", "--to", serve.endpoint()}, tls);
      assertEnds(0, here.attempt(with(send, "--token", right, "--as", "from-b")));

      String wrong = own("wrong", "host-b another-" + SECRET);
      assertEnds(
          1, pull(here, "vm@1", serve.endpoint(), with(tls, "--token", wrong)), "that of host-b");
      assertEnds(1, here.attempt(with(send, "--token", wrong, "--as", "from-w")), "that of host-b");
      String nobody = own("nobody", "host-z " + SECRET);
      assertEnds(
          1, pull(here, "vm@1", serve.endpoint(), with(tls, "--token", nobody)), "that of host-z");
      serve.awaitWord("not let in: ");
      String other = own("other", "host-c another-" + SECRET);
      assertEnds(10, pull(here, "vm@1", serve.endpoint(), with(tls, "--token", other)));
      assertEnds(10, pull(here, "vm@1", serve.endpoint(), tls));
      // A certificate that nobody asks for gives no name.
      assertEnds(10, pull(here, "vm@1", serve.endpoint(), "--tls-creds", ours.toString()));
    }
  }

  @Test
  void aTokensProofIsWorthNothingInAnotherSession() throws Exception {
    try (ServeProcess serve = serveTokens()) {
      try (RawLink overheard = secured(serve);
          RawLink replaying = secured(serve)) {
        Hello.Token proof = overheard.proof("host-b", SECRET);
        FailureException refused =
            assertThrows(FailureException.class, () -> greet(replaying, proof));
        assertEquals(ErrorCode.NO_RIGHT, refused.code());
        serve.awaitWord("expected that of host-b, found another");
        // In its own session it is worth what it is worth.
        assertFalse(greet(overheard, proof).isEmpty());
      }
    }
  }

  private RawLink secured(ServeProcess serve) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    TlsFiles files = new TlsFiles(ours.resolve("ca-cert.pem"), Optional.empty());
    return new RawLink(new InetSocketAddress(loopback, serve.port()), loopback)
        .secure(TlsCredentials.load(files, _ -> {}));
  }

  private static String greet(RawLink link, Hello.Token proof) throws IOException {
    return link.greet(Role.PULL, LinkKind.CONTROL, Optional.empty(), Optional.of(proof));
  }

  @Test
  void withoutAuthorityAndTokensNobodyCouldShowWhoHeIs() {
    Cli.Said said =
        new Cli(there)
            .attempt(
                "serve",
                "--listen",
                "tls:127.0.0.1:0",
                "--tls-cert",
                ours.resolve("server-cert.pem").toString(),
                "--tls-key",
                ours.resolve("server-key.pem").toString());
    assertEnds(2, said, "--tls-ca FILE", "--tokens FILE");
  }

  private static void say(int port, String text) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      socket.setSoTimeout(60_000);
      while (socket.getInputStream().read() >= 0) {
        // It says what it has to say, and ends the link.
      }
    }
  }

  @Test
  void plainTextAtTheTlsPortIsToldAndRefused() throws Exception {
    try (ServeProcess serve = serveTokens()) {
      Cli here = newStore();
      assertEnds(1, pull(here, "vm@1", "tcp:127.0.0.1:" + serve.port()));
      serve.awaitWord("expected a TLS record, found a Cairn link without TLS");
      say(serve.port(), "GET / HTTP/1.1\r\nHost: here\r\n\r\n");
      serve.awaitWord("expected a TLS record, found text (GET / HT)");
    }
  }

  @Test
  void tlsAtThePlainPortIsToldAndRefused() throws Exception {
    try (ServeProcess serve = serve("tcp")) {
      Cli here = newStore();
      String endpoint = "tls:127.0.0.1:" + serve.port();
      assertEnds(1, pull(here, "vm@1", endpoint, "--tls-creds", ours.toString()), "TLS");
      serve.awaitWord("expected a Cairn link, found TLS: this endpoint speaks plain; use tls:");
      say(serve.port(), "GET / HTTP/1.1\r\nHost: here\r\n\r\n");
      serve.awaitWord("expected a Cairn link, found HTTP (GET / HTTP/1.1)");
    }
  }
}
