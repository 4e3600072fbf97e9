package dev.cairn.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client of another library: OpenSSL's own. */
class OpenSslPeerTest {
  private static final String LABEL = "EXPORTER-cairn-token";
  private static final Duration LONG = Duration.ofSeconds(Loopback.SECONDS);

  private static String readLine(SecureChannel from) throws IOException {
    StringBuilder line = new StringBuilder();
    byte[] one = new byte[1];
    for (; ; ) {
      assertTrue(from.awaitInput(LONG), "nothing more after: " + line);
      if (from.read(MemorySegment.ofArray(one)) < 0 || one[0] == '\n') {
        return line.toString();
      }
      line.append((char) one[0]);
    }
  }

  private static void type(OutputStream to, String line) throws IOException {
    to.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    to.flush();
  }

  private static void awaitWord(Path log, String word) throws IOException, InterruptedException {
    long end = System.nanoTime() + LONG.toNanos();
    while (!Files.readString(log).contains(word)) {
      assertTrue(System.nanoTime() < end, "in time it says " + word);
      Thread.sleep(10);
    }
  }

  @Test
  void itExportsTheSameAndRenewsItsKeys(@TempDir Path directory) throws Exception {
    Certificates certificates = new Certificates(directory);
    TlsCredentials credentials = TlsCredentials.load(certificates.files("server"), w -> {});
    Path log = directory.resolve("said");
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
      listener.socket().setSoTimeout((int) LONG.toMillis());
      InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
      Process client =
          new ProcessBuilder(
                  List.of(
                      "openssl s_client -connect 127.0.0.1:%d -CAfile ca-cert.pem -cert"
                          .formatted(address.getPort())
                          .concat(" client-cert.pem -key client-key.pem -keymatexport ")
                          .concat(LABEL + " -keymatexportlen 32")
                          .split(" ", -1)))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try (SocketWire wire =
              new SocketWire(listener.socket().accept().getChannel(), "tls:openssl");
          OutputStream typed = client.getOutputStream()) {
        SecureChannel server =
            SecureChannel.server(wire, credentials, ClientCertificate.REQUIRED, LONG);
        assertEquals("client", server.peerName().orElseThrow());
        type(typed, "before");
        assertEquals("before", readLine(server));
        type(typed, "K"); // renews the keys of both directions
        awaitWord(log, "KEYUPDATE"); // it reads no further than a command what comes with it
        type(typed, "after");
        assertEquals("after", readLine(server));
        server.write(MemorySegment.ofArray(new byte[] {'\n'}));
        type(typed, "Q"); // ends
        assertEquals("", readLine(server));
        assertTrue(server.endIsAuthentic());
        assertTrue(client.waitFor(Loopback.SECONDS, TimeUnit.SECONDS));
        String own =
            HexFormat.of()
                .withUpperCase()
                .formatHex(server.exportKeyingMaterial(LABEL, new byte[0], 32));
        String said = Files.readString(log);
        assertTrue(said.contains("Keying material: " + own), said);
        assertTrue(said.contains("KEYUPDATE"), said);
      } finally {
        client.destroyForcibly();
        client.waitFor();
      }
    }
  }
}
