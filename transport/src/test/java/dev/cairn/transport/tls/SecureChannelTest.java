package dev.cairn.transport.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.Future;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a channel carries once hands are shaken. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecureChannelTest {
  private static final Duration LONG = Duration.ofSeconds(Loopback.SECONDS);
  private static final String LABEL = "EXPORTER-cairn-token";

  private final TlsFiles serverFiles;
  private final TlsFiles clientFiles;

  SecureChannelTest(@TempDir Path directory) throws IOException, InterruptedException {
    Certificates made = new Certificates(directory);
    serverFiles = made.files("server");
    clientFiles = made.files("client");
  }

  /** Both ends of one channel. */
  private record Ends(SecureChannel client, SecureChannel server) {}

  private Ends connect(Loopback link) throws Exception {
    Future<SecureChannel> serving = serve(link);
    SecureChannel client =
        SecureChannel.client(
            link.client(), TlsCredentials.load(clientFiles, w -> {}), "localhost", LONG);
    return new Ends(client, Loopback.await(serving));
  }

  private Future<SecureChannel> serve(Loopback link) {
    return link.begin(
        () ->
            SecureChannel.server(
                link.server(),
                TlsCredentials.load(serverFiles, w -> {}),
                ClientCertificate.WANTED,
                LONG));
  }

  private static byte[] chance(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** Reads so many bytes, in pieces of so many at most. */
  private static byte[] read(SecureChannel from, int length, int most) throws IOException {
    byte[] all = new byte[length];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(most);
      int at = 0;
      while (at < length) {
        int count = from.read(into.asSlice(0, Math.min(most, length - at)));
        if (count < 1) {
          throw new IOException("the end after " + at);
        }
        MemorySegment.copy(into, ValueLayout.JAVA_BYTE, 0, all, at, count);
        at += count;
      }
    }
    return all;
  }

  private static void write(SecureChannel to, byte[] bytes) throws IOException {
    to.write(MemorySegment.ofArray(bytes));
  }

  private static int readEnd(SecureChannel from) throws IOException {
    return from.read(MemorySegment.ofArray(new byte[1]));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16_383, 16_384, 16_385, 32_769, 1 << 20, 5_000_001})
  void whatIsWrittenIsReadBothWaysAtOnce(int length) throws Exception {
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      byte[] bytes = chance(length);
      Future<byte[]> there = link.begin(() -> read(ends.server(), length, 7_001));
      Future<byte[]> back = link.begin(() -> read(ends.client(), length, 100_000));
      Future<Boolean> answer =
          link.begin(
              () -> {
                write(ends.server(), bytes);
                return true;
              });
      write(ends.client(), bytes);
      assertTrue(Loopback.await(answer));
      assertArrayEquals(bytes, Loopback.await(there));
      assertArrayEquals(bytes, Loopback.await(back));
    }
  }

  /** Records of one byte, and reads that take a part of a record or ask for more than one. */
  @Test
  void smallAndLargeReadsAndWritesMeet() throws Exception {
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      byte[] bytes = chance(40_000);
      Future<byte[]> single = link.begin(() -> read(ends.server(), bytes.length, 1));
      for (int at = 0; at < bytes.length; ) {
        int count = at < 2_000 ? 1 : Math.min(19_000, bytes.length - at);
        ends.client().write(MemorySegment.ofArray(bytes).asSlice(at, count));
        at += count;
      }
      ends.client().write(MemorySegment.NULL); // no record
      assertArrayEquals(bytes, Loopback.await(single));
    }
  }

  @Test
  void inputIsAwaitedUntilARecordIsWhole() throws Exception {
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      assertFalse(ends.server().awaitInput(Duration.ofMillis(1)));
      write(ends.client(), chance(2));
      assertTrue(ends.server().awaitInput(LONG));
      read(ends.server(), 1, 1);
      assertTrue(ends.server().awaitInput(Duration.ZERO), "one is left");
      read(ends.server(), 1, 1);
      assertFalse(ends.server().awaitInput(Duration.ZERO));
      link.clientSocket().close();
      assertTrue(ends.server().awaitInput(LONG), "the end is something to read");
    }
  }

  @Test
  void oneSideMayEndWhileTheOtherGoesOn() throws Exception {
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      ends.client().endOutput();
      assertEquals(-1, readEnd(ends.server()));
      assertTrue(ends.server().endIsAuthentic());
      byte[] bytes = chance(100_000);
      Future<byte[]> reading = link.begin(() -> read(ends.client(), bytes.length, 100_000));
      write(ends.server(), bytes);
      assertArrayEquals(bytes, Loopback.await(reading));
      ends.server().endOutput();
      assertEquals(-1, readEnd(ends.client()));
      assertTrue(ends.client().endIsAuthentic());
      assertThrows(TlsException.class, () -> write(ends.client(), bytes));
    }
  }

  @Test
  void aCutIsToldFromAnEnd() throws Exception {
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      write(ends.client(), chance(10));
      link.clientSocket().shutdownOutput();
      read(ends.server(), 10, 10);
      assertEquals(-1, readEnd(ends.server()));
      assertFalse(ends.server().endIsAuthentic());
      assertEquals(-1, readEnd(ends.server()), "and again");
      assertFalse(ends.server().endIsAuthentic());
    }
  }

  @Test
  void whoeverShutsItDownFreesTheReader() throws Exception {
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      Future<Integer> reading = link.begin(() -> readEnd(ends.server()));
      assertFalse(ends.client().awaitInput(Duration.ofMillis(20)));
      ends.server().shutdown();
      assertEquals(-1, Loopback.await(reading));
      assertFalse(ends.server().endIsAuthentic());
    }
  }

  /** The wire of this test is closed by an interrupt, in the middle of a record as like as not. */
  @Test
  void anInterruptFreesTheWriterAndNothingFollowsATornRecord() throws Exception {
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      byte[] bytes = chance(100_000);
      Thread[] writer = new Thread[1];
      Future<Boolean> writing =
          link.begin(
              () -> {
                writer[0] = Thread.currentThread();
                for (; ; ) {
                  write(ends.server(), bytes); // nobody reads: it comes to wait
                }
              });
      while (writer[0] == null || writer[0].getState() != Thread.State.RUNNABLE) {
        Thread.onSpinWait();
      }
      read(ends.client(), 1, 1);
      writer[0].interrupt();
      assertThrows(IOException.class, () -> Loopback.await(writing));
      TlsException torn = assertThrows(TlsException.class, () -> write(ends.server(), bytes));
      assertTrue(String.valueOf(torn.getMessage()).contains("in part"), torn.toString());
      assertThrows(IOException.class, () -> readEnd(ends.server()));
      assertFalse(ends.server().endIsAuthentic());
    }
  }

  @Test
  void anInterruptFreesTheReader() throws Exception {
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      Thread[] reader = new Thread[1];
      Future<Integer> reading =
          link.begin(
              () -> {
                reader[0] = Thread.currentThread();
                return readEnd(ends.server());
              });
      while (reader[0] == null) {
        Thread.onSpinWait();
      }
      reader[0].interrupt();
      assertThrows(IOException.class, () -> Loopback.await(reading));
      assertThrows(IOException.class, () -> readEnd(ends.server()));
      assertFalse(ends.server().endIsAuthentic());
    }
  }

  /** A library's own peer, which renews the keys of both directions while data goes both ways. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keysAreRenewedInTheMiddleOfData(boolean peerCalls) throws Exception {
    try (Loopback link = new Loopback()) {
      SSLSocket peer =
          Jsse.over(
              link.clientSocket(), peerCalls ? clientFiles : serverFiles, peerCalls, "TLSv1.3");
      Future<SecureChannel> ours =
          peerCalls
              ? serve(link)
              : link.begin(
                  () ->
                      SecureChannel.client(
                          link.server(),
                          TlsCredentials.load(clientFiles, w -> {}),
                          "localhost",
                          LONG));
      peer.startHandshake();
      SecureChannel channel = Loopback.await(ours);
      byte[] bytes = chance(3_000_000);
      Future<byte[]> there = link.begin(() -> read(channel, bytes.length, 50_000));
      Future<byte[]> back = link.begin(() -> peer.getInputStream().readNBytes(bytes.length));
      Future<Boolean> answer =
          link.begin(
              () -> {
                write(channel, bytes);
                return true;
              });
      for (int at = 0; at < bytes.length; at += 100_000) {
        peer.getOutputStream().write(bytes, at, 100_000);
        peer.startHandshake(); // in TLS 1.3: new keys, both ways
      }
      assertTrue(Loopback.await(answer));
      assertArrayEquals(bytes, Loopback.await(there));
      assertArrayEquals(bytes, Loopback.await(back));
    }
  }

  @Test
  void bothEndsExportTheSameAndEachSessionItsOwn() throws Exception {
    byte[] name = "backup".getBytes(StandardCharsets.UTF_8);
    byte[] first;
    try (Loopback link = new Loopback()) {
      Ends ends = connect(link);
      first = ends.client().exportKeyingMaterial(LABEL, name, 32);
      assertEquals(32, first.length);
      assertArrayEquals(first, ends.server().exportKeyingMaterial(LABEL, name, 32));
      byte[] none = ends.server().exportKeyingMaterial(LABEL, new byte[0], 32);
      assertNotEquals(HexFormat.of().formatHex(first), HexFormat.of().formatHex(none));
      byte[] other = ends.server().exportKeyingMaterial("EXPORTER-other", name, 32);
      assertNotEquals(HexFormat.of().formatHex(first), HexFormat.of().formatHex(other));
      ends.client().endOutput();
      assertEquals(-1, readEnd(ends.server()));
      assertArrayEquals(first, ends.server().exportKeyingMaterial(LABEL, name, 32));
    }
    try (Loopback link = new Loopback()) {
      byte[] second = connect(link).client().exportKeyingMaterial(LABEL, name, 32);
      assertNotEquals(HexFormat.of().formatHex(first), HexFormat.of().formatHex(second));
    }
  }
}
