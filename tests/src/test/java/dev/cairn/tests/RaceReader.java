package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * A process that reads what others change: never busy, never a wrong byte, and no point is missing
 * but one that retention has let go. It also keeps some snapshots open while their files are
 * deleted. Not thread-safe.
 */
final class RaceReader implements RaceMain.Role {
  private static final Set<Integer> DONE = Set.of(RaceMain.DONE);
  private static final Set<Integer> MAY_BE_GONE = Set.of(RaceMain.DONE, RaceMain.NO_SUCH);
  private static final Set<Integer> FORK = Set.of(RaceMain.DONE, RaceMain.NO_SUCH, RaceMain.BUSY);
  private static final int MOST_FORKS = 40;
  private static final int SNAPSHOTS = 4;

  private final RaceMain race;
  private final Store store;
  private final Chain chain;
  private final Deque<ChainSnapshot> snapshots = new ArrayDeque<>();
  private int forks;

  RaceReader(RaceMain race) throws IOException {
    this.race = race;
    Environment environment =
        new Environment(Clock.systemUTC(), race.random, Duration.ofSeconds(5));
    this.store = Store.open(FileSystemDirectory.open(race.store), environment);
    this.chain = store.open(RaceMain.CHAIN);
  }

  @Override
  public void turn() throws IOException {
    List<Long> points = race.list();
    // The oldest are the ones that go.
    int among = race.random.nextBoolean() ? points.size() : Math.min(points.size(), 12);
    long point = points.get(race.random.nextInt(among));
    String name = RaceMain.CHAIN + "@" + point;
    switch (race.random.nextInt(8)) {
      case 0 -> verify(RaceMain.CHAIN);
      case 1 -> fork(name, point);
      case 2 -> race.restore(DONE, RaceMain.CHAIN);
      case 3 -> {
        look(name, point, race.run(MAY_BE_GONE, "show", name));
        race.run(DONE, "stats", RaceMain.CHAIN);
      }
      case 4 -> keepSnapshot();
      default -> look(name, point, race.restore(MAY_BE_GONE, name));
    }
  }

  /** A point that was refused is one that was let go. */
  private void look(String name, long point, Cli.Said said) throws IOException {
    if (said.exit() == RaceMain.NO_SUCH) {
      assertTrue(said.errors().contains(name + " was forgotten"), said.errors());
      assertFalse(race.list().contains(point), () -> name + " is listed, and refused");
    }
  }

  private void verify(String name) throws IOException {
    assertEquals("{\"clean\":true,\"findings\":[]}", ordered(race.run(DONE, "verify", name)));
    race.count("verifies");
  }

  private static String ordered(Cli.Said said) throws IOException {
    return "{\"clean\":%s,\"findings\":%s}"
        .formatted(said.json().get("clean"), said.json().get("findings"));
  }

  private void fork(String name, long point) throws IOException {
    if (forks == MOST_FORKS) {
      race.restore(MAY_BE_GONE, name);
      return;
    }
    String made = race.own.getFileName() + "-" + forks;
    Cli.Said said = race.run(FORK, "fork", name, made);
    look(name, point, said);
    if (said.exit() == RaceMain.DONE) {
      forks++;
      race.count("forks");
      assertEquals(point, race.restore(DONE, made).json().get("checkpoint").asLong());
      verify(made);
    }
  }

  /** Opens a snapshot, and looks into those opened before: they stay what they were. */
  private void keepSnapshot() throws IOException {
    snapshots.add(chain.snapshot());
    for (ChainSnapshot snapshot : snapshots) {
      List<Long> points = List.copyOf(snapshot.points().keySet());
      long point = points.get(race.random.nextInt(points.size()));
      try (MemorySink sink = new MemorySink()) {
        new Restorer(snapshot.view(point), sink, Progress.NONE).run(2);
        RaceMain.MEMORY.check(point, sink.bytes(), "snapshot at " + point);
      }
      race.count("restores from snapshots");
    }
    if (snapshots.size() == SNAPSHOTS) {
      snapshots.remove().close();
    }
  }

  @Override
  public void close() throws IOException {
    for (ChainSnapshot snapshot : snapshots) {
      snapshot.close();
    }
    chain.close();
    store.close();
  }
}
