package dev.cairn.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prints what TLS costs; asserts only that all bytes come. */
class ThroughputTest {
  private static final Duration LONG = Duration.ofSeconds(Loopback.SECONDS);
  private static final long BYTES = 512L << 20;
  private static final int PIECE = 64 << 10;

  /** Writes, or reads, at one end. */
  @FunctionalInterface
  private interface End {
    long move(MemorySegment piece) throws IOException;
  }

  private static long move(End end) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment piece = arena.allocate(PIECE, 8);
      long moved = 0;
      while (moved < BYTES) {
        moved += end.move(piece);
      }
      return moved;
    }
  }

  private static double rate(Loopback link, End writer, End reader) throws Exception {
    long start = System.nanoTime();
    Future<Long> reading = link.begin(() -> move(reader));
    move(writer);
    assertEquals(BYTES, Loopback.await(reading));
    return (BYTES >> 20) / ((System.nanoTime() - start) / 1e9);
  }

  private static End writer(Wire wire) {
    return piece -> {
      wire.write(piece);
      return PIECE;
    };
  }

  @Test
  void allBytesComeOverTlsAsOverPlainTcp(@TempDir Path directory) throws Exception {
    Certificates certificates = new Certificates(directory);
    for (int round = 0; round < 3; round++) {
      double plain;
      try (Loopback link = new Loopback()) {
        plain = rate(link, writer(link.client()), link.server()::read);
      }
      try (Loopback link = new Loopback()) {
        Future<SecureChannel> serving =
            link.begin(
                () ->
                    SecureChannel.server(
                        link.server(),
                        TlsCredentials.load(certificates.files("server"), w -> {}),
                        ClientCertificate.REQUIRED,
                        LONG));
        SecureChannel client =
            SecureChannel.client(
                link.client(),
                TlsCredentials.load(certificates.files("client"), w -> {}),
                "localhost",
                LONG);
        SecureChannel server = Loopback.await(serving);
        double sealed =
            rate(
                link,
                piece -> {
                  client.write(piece);
                  return PIECE;
                },
                server::read);
        System.out.printf(
            "one stream over loopback: plain %.0f MiB/s, TLS 1.3 %.0f MiB/s, ratio %.2f%n",
            plain, sealed, sealed / plain);
      }
    }
  }
}
