package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.Id;
import dev.cairn.transport.source.SourceSettings;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How fast a source sends, by a clock that goes on only for who waits. */
class RateTest {
  private static final long RATE = 4_000_000;

  private final TestClock clock = new TestClock();
  private final TestServer server;

  RateTest(@TempDir Path directory) throws IOException {
    server = new TestServer(directory, clock, new SourceSettings.Rates(RATE, 0));
    server.fill("vm", 2);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /** Fetches until so many bytes are here, and returns the seconds that went by. */
  private double seconds(TestReceiver receiver, FileEntry file, long bytes) throws IOException {
    long before = clock.nanoTime();
    for (long left = bytes; left > 0; left -= 1 << 20) {
      receiver.fetch(file.fileId(), 0, 1 << 20);
    }
    return (clock.nanoTime() - before) / 1e9;
  }

  @Test
  void bulkGoesAtTheRateAndByAnotherOneWhenThatIsChanged() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      Manifest coming = receiver.open("t1", "vm", "2");
      FileEntry base = coming.files().getFirst();
      long bytes = 16L << 20;
      assertEquals((double) bytes / RATE, seconds(receiver, base, bytes), 0.1);
      try (TestReceiver admin = new TestReceiver(server.unix(), Role.ADMIN, 1)) {
        assertTrue(admin.ask(new Message.Rate(2 * RATE)).head() instanceof Message.Rated);
      }
      assertEquals((double) bytes / RATE / 2, seconds(receiver, base, bytes), 0.1);
      server.source().setRate(0);
      assertEquals(0, seconds(receiver, base, bytes), 0.02);
      server.source().setRateOfClient(RATE);
      assertEquals((double) bytes / RATE, seconds(receiver, base, bytes), 0.1);
    }
    assertEquals((double) (64L << 20), (double) server.source().counters().bytes(), 1e6);
  }

  @Test
  void pagesDoNotWaitAndBulkPaysForThem() throws IOException {
    try (TestReceiver receiver = new TestReceiver(server.tcp())) {
      Manifest coming = receiver.open("t1", "vm", "2");
      Id id = coming.tip().orElseThrow().id();
      long before = clock.nanoTime();
      long sent = 0;
      for (int i = 0; i < 4; i++) {
        sent += receiver.pages(id, 0, 0, 200).bytes().length;
      }
      assertTrue(sent < RATE, "less than a second's worth");
      assertEquals(before, clock.nanoTime(), "nobody waited");
      FileEntry base = coming.files().getFirst();
      receiver.fetch(base.fileId(), 0, 1);
      assertEquals((double) sent / RATE, (clock.nanoTime() - before) / 1e9, 0.1);
      // With more than a second's worth in debt pages wait, too.
      for (int i = 0; i < 10; i++) {
        sent += receiver.pages(id, 0, 0, 200).bytes().length;
      }
      assertEquals((double) sent / RATE - 1, (clock.nanoTime() - before) / 1e9, 0.3);
    }
  }

  @Test
  void onlyTheServersOwnUserOnThisMachineChangesTheRate() throws IOException {
    TestReceiver.refused(
        ErrorCode.NO_RIGHT, () -> new TestReceiver(server.tcp(), Role.ADMIN, 1).close());
    assertEquals(RATE, server.source().rate());
  }
}
