package dev.cairn.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in by a handshake, who is not, and that it ends. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandshakeTest {
  private static final Duration LONG = Duration.ofSeconds(Loopback.SECONDS);
  private static final Duration SHORT = Duration.ofMillis(200);

  private final Certificates ours;
  private final Certificates others;

  HandshakeTest(@TempDir Path temporary) throws IOException, InterruptedException {
    ours = new Certificates(temporary.resolve("ours"));
    others = new Certificates(temporary.resolve("others"));
  }

  private static TlsCredentials load(TlsFiles files) throws IOException {
    return TlsCredentials.load(files, warning -> {});
  }

  private static Future<SecureChannel> serve(
      Loopback link, TlsFiles files, ClientCertificate client, Duration patience) {
    return link.begin(() -> SecureChannel.server(link.server(), load(files), client, patience));
  }

  private static Future<SecureChannel> call(Loopback link, TlsFiles files, String host) {
    return link.begin(() -> SecureChannel.client(link.client(), load(files), host, LONG));
  }

  private static String read(SecureChannel from) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(100);
      int count = from.read(into);
      return count < 0
          ? ""
          : new String(
              into.asSlice(0, count).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE),
              StandardCharsets.UTF_8);
    }
  }

  private static void write(SecureChannel to, String text) throws IOException {
    to.write(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @EnumSource
  void bothKnowWhoIsThere(ClientCertificate asked) throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving = serve(link, ours.files("server"), asked, LONG);
      SecureChannel client = Loopback.await(call(link, ours.files("client"), "localhost"));
      SecureChannel server = Loopback.await(serving);
      Optional<String> known =
          asked == ClientCertificate.NONE ? Optional.empty() : Optional.of("client");
      assertEquals(known, server.peerName());
      assertEquals(Optional.of("localhost"), client.peerName());
      write(client, "to the server");
      assertEquals("to the server", read(server));
      write(server, "to the client");
      assertEquals("to the client", read(client));
    }
  }

  @Test
  void whoIsWantedMayStayUnknown() throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.WANTED, LONG);
      SecureChannel client = Loopback.await(call(link, ours.anonymous(), "localhost"));
      assertEquals(Optional.empty(), Loopback.await(serving).peerName());
      write(Loopback.await(serving), "welcome");
      assertEquals("welcome", read(client));
    }
  }

  @Test
  void whoIsRequiredMayNot() throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.REQUIRED, LONG);
      // In TLS 1.3 a client has done its part before the server has looked at it.
      SecureChannel client = Loopback.await(call(link, ours.anonymous(), "localhost"));
      RefusedException refused =
          assertThrows(RefusedException.class, () -> Loopback.await(serving));
      assertTrue(String.valueOf(refused.getMessage()).contains("found none"), refused.toString());
      TlsException told = assertThrows(TlsException.class, () -> read(client));
      assertTrue(String.valueOf(told.getMessage()).contains("--tls-cert"), told.toString());
    }
  }

  /** It shows its certificate whatever the server would take: its authority has the same name. */
  @ParameterizedTest
  @EnumSource(names = {"WANTED", "REQUIRED"})
  void aClientOfAnotherAuthorityIsRefused(ClientCertificate asked) throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving = serve(link, ours.files("server"), asked, LONG);
      TlsFiles mixed =
          new TlsFiles(ours.anonymous().authority(), others.files("client").identity());
      SecureChannel client = Loopback.await(call(link, mixed, "localhost"));
      RefusedException refused =
          assertThrows(RefusedException.class, () -> Loopback.await(serving));
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("CN=client") && message.contains("--tls-ca"), message);
      assertThrows(TlsException.class, () -> read(client));
    }
  }

  @Test
  void aCertificateForAnotherUseIsNoClients() throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.REQUIRED, LONG);
      SecureChannel client = Loopback.await(call(link, ours.files("server"), "localhost"));
      assertThrows(RefusedException.class, () -> Loopback.await(serving));
      assertThrows(IOException.class, () -> read(client));
    }
  }

  @Test
  void aServerOfAnotherAuthorityIsRefused() throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.NONE, LONG);
      RefusedException refused =
          assertThrows(
              RefusedException.class,
              () -> Loopback.await(call(link, others.files("client"), "localhost")));
      assertTrue(String.valueOf(refused.getMessage()).contains("--tls-ca"), refused.toString());
      assertThrows(TlsException.class, () -> Loopback.await(serving));
    }
  }

  @Test
  void aServerOfAnotherNameIsRefused() throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.NONE, LONG);
      RefusedException refused =
          assertThrows(
              RefusedException.class,
              () -> Loopback.await(call(link, ours.files("client"), "other.example")));
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("localhost") && message.contains("other.example"), message);
      assertThrows(TlsException.class, () -> Loopback.await(serving));
    }
  }

  @Test
  void aClientOfTls12IsRefused() throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.NONE, LONG);
      SSLSocket client = Jsse.over(link.clientSocket(), ours.anonymous(), true, "TLSv1.2");
      Future<Boolean> calling =
          link.begin(
              () -> {
                client.startHandshake();
                return true;
              });
      TlsException failure = assertThrows(TlsException.class, () -> Loopback.await(serving));
      assertTrue(
          String.valueOf(failure.getMessage()).contains("expected TLS 1.3, found an older one"),
          failure.toString());
      assertThrows(IOException.class, () -> Loopback.await(calling));
    }
  }

  @Test
  void aServerOfTls12IsRefused() throws Exception {
    try (Loopback link = new Loopback()) {
      SSLSocket server = Jsse.over(link.clientSocket(), ours.files("server"), false, "TLSv1.2");
      Future<Boolean> serving =
          link.begin(
              () -> {
                server.startHandshake();
                return true;
              });
      TlsException failure =
          assertThrows(
              TlsException.class,
              () -> SecureChannel.client(link.server(), load(ours.anonymous()), "localhost", LONG));
      assertTrue(
          String.valueOf(failure.getMessage()).contains("expected TLS 1.3"), failure.toString());
      assertThrows(IOException.class, () -> Loopback.await(serving));
    }
  }

  /** At once: the time that a handshake may take is a minute here, and more never comes. */
  @ParameterizedTest
  @CsvSource({
    "474554202f204854,text (GET / HT",
    "89434149524e0d0a0100000001000000,a Cairn link without TLS",
    "5145564d00000003,other bytes (51 45 56 4d 00 00 00 03)",
    "5353482d322e30,text (SSH-2.0)",
    "800701030100150000,''",
    "160301ffff,''",
    "160301000400ffffff,''",
    "16030100050100ffffff,''",
    "1603010000,''",
    "170303000101,''",
    "15030100020228,''",
    "ffffffffffffffff,other bytes (ff ff",
  })
  void whatIsNoTlsIsRefusedAtOnce(String bytes, String says) throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.REQUIRED, LONG);
      Socket client = link.clientSocket();
      client.getOutputStream().write(HandMadePeer.hex(bytes));
      TlsException failure = assertThrows(TlsException.class, () -> Loopback.await(serving));
      String message = String.valueOf(failure.getMessage());
      assertTrue(message.startsWith("tls:caller: TLS") && message.contains(says), message);
      client.setSoTimeout(Loopback.SECONDS * 1000);
      client.getInputStream().readAllBytes(); // an alert, or nothing; then the end
    }
  }

  /** In this, and what follows, the peer never ends a handshake: something of ours has to. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 5, 60, 200})
  void aPeerThatStopsIsLeftInTime(int bytes) throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.NONE, SHORT);
      byte[] hello = HandMadePeer.record(HandMadePeer.HANDSHAKE, HandMadePeer.hello(new byte[32]));
      byte[] part = Arrays.copyOf(hello, Math.min(bytes, hello.length - 1));
      link.clientSocket().getOutputStream().write(part);
      SocketTimeoutException late =
          assertThrows(SocketTimeoutException.class, () -> Loopback.await(serving));
      assertTrue(String.valueOf(late.getMessage()).contains("within 200 ms"), late.toString());
    }
  }

  @Test
  void aServerThatStopsIsLeftInTime() throws Exception {
    try (Loopback link = new Loopback()) {
      assertThrows(
          SocketTimeoutException.class,
          () -> SecureChannel.client(link.client(), load(ours.anonymous()), "localhost", SHORT));
    }
  }

  @Test
  void aPeerThatHangsUpIsTold() throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.NONE, LONG);
      link.clientSocket().close();
      TlsException failure = assertThrows(TlsException.class, () -> Loopback.await(serving));
      assertTrue(String.valueOf(failure.getMessage()).contains("hung up"), failure.toString());
    }
  }

  /** Each record is a legal piece of a ClientHello; there are 32,768 of them. */
  @Test
  void aHandshakeInEndlessPiecesIsRefused() throws Exception {
    try (Loopback link = new Loopback()) {
      Future<SecureChannel> serving =
          serve(link, ours.files("server"), ClientCertificate.NONE, LONG);
      Future<Boolean> sending =
          link.begin(
              () -> {
                var out = link.clientSocket().getOutputStream();
                out.write(HandMadePeer.hex("1603010004" + "01007fff"));
                for (int i = 0; i < 0x7ffe; i++) {
                  out.write(HandMadePeer.hex("160301000100"));
                }
                return true;
              });
      TlsException failure = assertThrows(TlsException.class, () -> Loopback.await(serving));
      assertTrue(
          String.valueOf(failure.getMessage()).contains("records without"), failure.toString());
      assertInstanceOf(Boolean.class, sending.isDone());
    }
  }

  /** A wire whose peer takes nothing: a write waits until the wire is shut down. */
  private static final class FullWire implements Wire {
    private final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public boolean awaitInput(Duration most) {
      return false;
    }

    @Override
    public int read(MemorySegment into) throws IOException {
      write(into);
      return -1;
    }

    @Override
    public void write(MemorySegment from) throws IOException {
      try {
        if (!ended.await(Loopback.SECONDS, TimeUnit.SECONDS)) {
          throw new AssertionError("nobody shuts it down");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      throw new IOException("is shut down");
    }

    @Override
    public void shutdown() {
      ended.countDown();
    }

    @Override
    public String name() {
      return "full";
    }
  }

  @Test
  void aPeerThatTakesNothingIsLeftInTime() throws Exception {
    TlsCredentials credentials = load(ours.anonymous());
    assertThrows(
        SocketTimeoutException.class,
        () -> SecureChannel.client(new FullWire(), credentials, "localhost", SHORT));
  }

  @Test
  void aServerNeedsACertificateOfItsOwn() throws IOException {
    TlsCredentials anonymous = load(ours.anonymous());
    assertThrows(
        IllegalArgumentException.class,
        () -> SecureChannel.server(new FullWire(), anonymous, ClientCertificate.NONE, SHORT));
  }
}
