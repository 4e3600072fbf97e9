package dev.cairn.tests.locks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.chain.Chain;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.tests.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clock that runs backwards by days: numbers count, and nothing is lost. */
class ClockTest {
  private static final Instant START = Instant.parse("2026-03-29T12:00:00Z");

  /** Each is the clock's distance from the point before. */
  private static final List<Duration> JUMPS =
      List.of(
          Duration.ofHours(1),
          Duration.ofDays(-3),
          Duration.ofSeconds(1),
          Duration.ofDays(-400),
          Duration.ZERO,
          Duration.ofDays(2),
          Duration.ofDays(-1),
          Duration.ofDays(500),
          Duration.ofDays(-20000),
          Duration.ofSeconds(5),
          Duration.ofDays(-1));

  private final Path directory;
  private final Path path;
  private final Cli cairn;
  private final TreeMap<Long, Long> memories = new TreeMap<>();
  private Instant now = START;

  ClockTest(@TempDir Path directory) {
    this.directory = directory;
    this.path = directory.resolve("store");
    this.cairn = new Cli(path);
  }

  private void jumpAndCheckpoint() throws IOException {
    memories.put(0L, 0L);
    long n = 0;
    for (Duration jump : JUMPS) {
      now = now.plus(jump);
      n++;
      try (Store store = LockStore.open(path, Clock.fixed(now, ZoneOffset.UTC));
          Chain chain = store.open(LockStore.CHAIN)) {
        assertEquals(n, LockStore.checkpoint(chain, n));
      }
      memories.put(n, n);
    }
  }

  private void look() throws IOException {
    try (Store store = LockStore.open(path, Clock.fixed(now, ZoneOffset.UTC));
        Chain chain = store.open(LockStore.CHAIN)) {
      LockStore.requireExact(chain, memories);
    }
    cairn.run(0, "verify");
    List<Long> listed = new ArrayList<>();
    for (JsonNode point : cairn.json(0, "list", "vm").get("points")) {
      listed.add(point.get("checkpoint").asLong());
    }
    assertEquals(List.copyOf(memories.keySet()), listed);
    for (long point : memories.keySet()) {
      restore("vm@" + point, point);
    }
    restore("vm", memories.lastKey());
    restore("vm@latest", memories.lastKey());
  }

  private void restore(String name, long point) throws IOException {
    Path out = directory.resolve("out");
    cairn.run(0, "restore", name, "--to", "raw:" + out);
    LockStore.MEMORY.check(point, Files.readAllBytes(out), name);
  }

  @Test
  void pointsAreInTheOrderOfTheirNumbers() throws IOException {
    LockStore.make(path);
    jumpAndCheckpoint();
    look();
    cairn.run(0, "compact", "vm");
    look();
    cairn.run(0, "fork", "vm@5", "side");
    cairn.run(0, "verify", "side");
    cairn.run(0, "reindex");
    cairn.run(0, "forget", "vm", "--keep-last", "3");
    memories.headMap(memories.lastKey() - 2).clear();
    look();
    cairn.run(0, "compact", "vm");
    look();
  }

  /** The newest point of a day is that with the highest number; the tip stays in any case. */
  @Test
  void daysAreCountedFromTheHighestNumberDown() throws IOException {
    LockStore.make(path);
    jumpAndCheckpoint();
    RetentionRules rules = RetentionRules.keep(new RetentionRules.Buckets(0, 0, 0, 2));
    try (Store store = LockStore.open(path, Clock.fixed(now, ZoneOffset.UTC));
        Chain chain = store.open(LockStore.CHAIN)) {
      chain.commit(List.of(new Edit.Retain(new RetentionPolicy(rules, ZoneOffset.UTC))), List.of());
    }
    // 11 is the day of 11; 10 is the newest of the day after, which 9 has, too.
    memories.keySet().retainAll(List.of(10L, 11L));
    look();
    cairn.run(0, "compact", "vm");
    look();
  }

  /** A hold and a pin are dated before the points that they protect. */
  @Test
  void whatIsPinnedAndHeldStaysWhateverTheTime() throws IOException {
    LockStore.make(path);
    jumpAndCheckpoint();
    try (Store store =
            LockStore.open(
                path, Clock.fixed(Instant.parse("1971-01-01T00:00:00Z"), ZoneOffset.UTC));
        Chain chain = store.open(LockStore.CHAIN)) {
      chain.commit(
          List.of(new Edit.Pin(2, true), new Edit.TakeHold("token", 4, "a test")), List.of());
    }
    cairn.run(0, "forget", "vm", "--keep-last", "1");
    memories.keySet().retainAll(List.of(2L, 4L, 11L));
    look();
    cairn.run(0, "compact", "vm");
    look();
  }
}
