package dev.cairn.transport.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A peer that has shaken hands properly, and then does what none should. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostilePeerTest {
  private static final Duration LONG = Duration.ofSeconds(Loopback.SECONDS);

  /** More than may come, and more than the buffers of a socket hold of it. */
  private static final int FLOOD = 300_000;

  private final Certificates certificates;

  HostilePeerTest(@TempDir Path directory) throws IOException, InterruptedException {
    certificates = new Certificates(directory);
  }

  /** What a peer does. */
  @FunctionalInterface
  private interface Deed {
    void doTo(HandMadePeer peer) throws Exception;
  }

  private SecureChannel serve(Loopback link, HandMadePeer peer, ClientCertificate asked)
      throws Exception {
    TlsCredentials credentials = TlsCredentials.load(certificates.files("server"), w -> {});
    Future<SecureChannel> serving =
        link.begin(() -> SecureChannel.server(link.server(), credentials, asked, LONG));
    Future<Boolean> calling =
        link.begin(
            () -> {
              peer.shakeHands();
              return true;
            });
    SecureChannel server = Loopback.await(serving);
    assertTrue(Loopback.await(calling));
    return server;
  }

  private static int read(SecureChannel from) throws IOException {
    return from.read(MemorySegment.ofArray(new byte[1]));
  }

  /** Lets a peer do something while a server reads; what it reads must be a failure. */
  private void assertRefused(String says, Deed deed) throws Exception {
    try (Loopback link = new Loopback()) {
      HandMadePeer peer = new HandMadePeer(link.clientSocket());
      SecureChannel server = serve(link, peer, ClientCertificate.NONE);
      Future<Boolean> doing =
          link.begin(
              () -> {
                deed.doTo(peer);
                link.clientSocket().shutdownOutput(); // what is not refused comes to an end
                return true;
              });
      TlsException failure =
          assertThrows(
              TlsException.class,
              () -> {
                while (read(server) >= 0) {}
              });
      assertTrue(String.valueOf(failure.getMessage()).contains(says), () -> says + ": " + failure);
      assertThrows(TlsException.class, () -> read(server), "it stays failed");
      assertFalse(server.endIsAuthentic());
      try {
        assertTrue(Loopback.await(doing));
      } catch (IOException _) {
        // It finds the connection gone.
      }
    }
  }

  /** The yardstick: what is made by hand is sound. */
  @ParameterizedTest
  @EnumSource(names = {"NONE", "WANTED"})
  void aSoundPeerIsServed(ClientCertificate asked) throws Exception {
    try (Loopback link = new Loopback()) {
      HandMadePeer peer = new HandMadePeer(link.clientSocket());
      SecureChannel server = serve(link, peer, asked);
      peer.send(HandMadePeer.DATA, new byte[] {5});
      byte[] got = new byte[1];
      assertEquals(1, server.read(MemorySegment.ofArray(got)));
      assertArrayEquals(new byte[] {5}, got);
      server.write(MemorySegment.ofArray(new byte[] {6}));
      HandMadePeer.Content first = peer.receive();
      assertEquals(HandMadePeer.DATA, first.type(), "no ticket comes in front of data");
      assertArrayEquals(new byte[] {6}, first.bytes());
    }
  }

  /** RFC 8446 (7.5), computed by other code. */
  @Test
  void whatIsExportedIsWhatTheStandardSays() throws Exception {
    try (Loopback link = new Loopback()) {
      HandMadePeer peer = new HandMadePeer(link.clientSocket());
      SecureChannel server = serve(link, peer, ClientCertificate.WANTED);
      for (String name : new String[] {"", "backup", "n".repeat(255)}) {
        byte[] context = name.getBytes(StandardCharsets.UTF_8);
        byte[] expected = peer.export("EXPORTER-cairn-token", context, 32);
        assertArrayEquals(
            expected, server.exportKeyingMaterial("EXPORTER-cairn-token", context, 32), name);
      }
    }
  }

  @Test
  void newKeysAreAnsweredInFrontOfTheNextData() throws Exception {
    try (Loopback link = new Loopback()) {
      HandMadePeer peer = new HandMadePeer(link.clientSocket());
      SecureChannel server = serve(link, peer, ClientCertificate.NONE);
      for (int round = 0; round < 3; round++) {
        peer.updateKeys(true);
        peer.send(HandMadePeer.DATA, new byte[] {1});
        assertEquals(1, read(server));
        server.write(MemorySegment.ofArray(new byte[] {2}));
        assertEquals(HandMadePeer.HANDSHAKE, peer.receive().type());
        assertEquals(HandMadePeer.DATA, peer.receive().type());
      }
      peer.updateKeys(false);
      peer.send(HandMadePeer.DATA, new byte[] {1});
      assertEquals(1, read(server));
      server.write(MemorySegment.ofArray(new byte[] {2}));
      assertEquals(HandMadePeer.DATA, peer.receive().type(), "nobody asked for an answer");
    }
  }

  @Test
  void newKeysWithoutEndAreRefusedWhoeverReadsOnly() throws Exception {
    assertRefused(
        "new keys",
        peer -> {
          for (int i = 0; i < FLOOD; i++) {
            peer.updateKeys(true);
            peer.send(HandMadePeer.DATA, new byte[1]);
          }
        });
  }

  @Test
  void newKeysWithoutEndAndWithoutAQuestionAreRefused() throws Exception {
    assertRefused(
        "records without any",
        peer -> {
          for (int i = 0; i < FLOOD; i++) {
            peer.updateKeys(false);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "23,'',no content type", // data without data: the JDK takes none
    "21,015a,records without any", // the warning user_canceled
    "22,0400000d000151800000000000000201020000,''", // a ticket, to a server
  })
  void emptyRecordsWithoutEndAreRefused(int type, String content, String says) throws Exception {
    assertRefused(
        says,
        peer -> {
          for (int i = 0; i < FLOOD; i++) {
            peer.send(type, HandMadePeer.hex(content));
          }
        });
  }

  @Test
  void aSecondHandshakeIsRefused() throws Exception {
    assertRefused(
        "unexpected_message",
        peer -> peer.send(HandMadePeer.HANDSHAKE, HandMadePeer.hello(new byte[32])));
  }

  @ParameterizedTest
  @CsvSource({
    "00000000,''", // HelloRequest: how TLS 1.2 renegotiates
    "0d00000200000000,''", // CertificateRequest, of a client
    "18000001ff,''", // new keys, and an answer that is neither yes nor no
    "1800000200000000,''",
    "ee000000,''", // unknown
    "18ffffff00,exceeds", // 16 MiB to come
  })
  void aMessageThatCannotBeIsRefused(String message, String says) throws Exception {
    assertRefused(says, peer -> peer.send(HandMadePeer.HANDSHAKE, HandMadePeer.hex(message)));
  }

  @Test
  void aMessageInEndlessPiecesIsRefused() throws Exception {
    assertRefused(
        "records without any",
        peer -> {
          peer.send(HandMadePeer.HANDSHAKE, HandMadePeer.hex("04007fff"));
          for (int i = 0; i < 0x7000; i++) {
            peer.send(HandMadePeer.HANDSHAKE, new byte[1]);
          }
        });
  }

  @Test
  void aPieceOfAMessageInFrontOfDataIsRefused() throws Exception {
    assertRefused(
        "",
        peer -> {
          peer.send(HandMadePeer.HANDSHAKE, HandMadePeer.hex("180000"));
          peer.send(HandMadePeer.DATA, new byte[1]);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "1703030020", // then 32 bytes that nobody has sealed
    "1703030001",
    "170303ffff",
    "1703030000",
    "1603030020",
    "1403030001",
    "0000000000",
    "ff0303ffff",
  })
  void bytesThatNobodyHasSealedAreRefused(String header) throws Exception {
    assertRefused(
        "",
        peer -> {
          peer.sendRaw(HandMadePeer.hex(header));
          peer.sendRaw(new byte[1 << 16]);
        });
  }

  @Test
  void aRecordAfterAnotherIsNotItself() throws Exception {
    assertRefused(
        "bad_record_mac",
        peer -> {
          byte[] record = peer.seal(HandMadePeer.DATA, new byte[10]);
          peer.sendRaw(record);
          peer.sendRaw(record);
        });
  }

  @Test
  void aRecordLongerThanTheBuffersIsRefused() throws Exception {
    // The JDK lets some bytes more pass than RFC 8446 (5.2) does: as many as its buffer holds.
    for (int length : new int[] {17_000, 32_000, 33_040, 60_000}) {
      assertRefused("", peer -> peer.send(HandMadePeer.DATA, new byte[length]));
    }
  }

  @Test
  void whatFollowsAnEndIsNotRead() throws Exception {
    try (Loopback link = new Loopback()) {
      HandMadePeer peer = new HandMadePeer(link.clientSocket());
      SecureChannel server = serve(link, peer, ClientCertificate.NONE);
      peer.send(HandMadePeer.ALERT, HandMadePeer.hex("0100"));
      peer.send(HandMadePeer.DATA, new byte[1]);
      assertEquals(-1, read(server));
      assertTrue(server.endIsAuthentic());
      assertEquals(-1, read(server));
    }
  }

  @Test
  void aCutInARecordIsNoEnd() throws Exception {
    try (Loopback link = new Loopback()) {
      HandMadePeer peer = new HandMadePeer(link.clientSocket());
      SecureChannel server = serve(link, peer, ClientCertificate.NONE);
      byte[] record = peer.seal(HandMadePeer.DATA, new byte[100]);
      peer.sendRaw(Arrays.copyOf(record, record.length - 1));
      link.clientSocket().shutdownOutput();
      assertEquals(-1, read(server));
      assertFalse(server.endIsAuthentic());
    }
  }
}
