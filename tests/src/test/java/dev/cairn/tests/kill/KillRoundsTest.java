package dev.cairn.tests.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.tests.NumberedImage;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.history.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A writer, a merger, a forgetter and two readers work on one chain. In each round one of them, or
 * all, are killed by SIGKILL: at random, or at one of the {@link KillPoint}s. Each time the store
 * opens, the newest acknowledged point is there, every retained point is exact, {@code verify} is
 * clean, and the next writer sweeps what was left over. 100 rounds; {@code -Dcairn.soak=20} makes
 * them 10,000.
 */
class KillRoundsTest {
  private static final int ROUNDS = 100;

  /** In one round of so many all are killed. */
  private static final int ALL_KILLED = 20;

  private static final int MOST_NANOS_BEFORE_KILL = 8_000_000;

  private final Path directory;
  private final Path path;
  private final Random random = new Random(Settings.seed());
  private final Acknowledged acknowledged = new Acknowledged();
  private final Map<Role, Victim> victims = new EnumMap<>(Role.class);
  private final StoreCheck check;
  private final Map<Role, Integer> kills = new EnumMap<>(Role.class);
  private final Map<KillPoint, Integer> killsAt = new EnumMap<>(KillPoint.class);
  private final Map<String, Integer> killsDuring = new TreeMap<>();
  private int allKilled;
  private int atRandom;
  private long busy;

  /** In memory, if there is such a place: a killed process takes nothing from the page cache. */
  KillRoundsTest(@TempDir Path directory) throws IOException {
    Path memory = Path.of("/dev/shm");
    this.directory =
        Files.isWritable(memory) ? Files.createTempDirectory(memory, "cairn-kill") : directory;
    this.path = this.directory.resolve("store");
    this.check = new StoreCheck(path, random);
  }

  @AfterEach
  void reap() throws IOException, InterruptedException {
    for (Victim victim : victims.values()) {
      victim.close();
    }
    StoreCheck.delete(directory);
  }

  @Test
  void whoeverIsKilledNothingAcknowledgedIsLost() throws IOException, InterruptedException {
    makeStore();
    int rounds = ROUNDS * Settings.soak();
    try {
      for (int round = 0; round < rounds; round++) {
        startMissing();
        check.check(acknowledged, kill(round));
        for (Victim victim : victims.values()) {
          victim.requireAlive();
        }
      }
      check.check(acknowledged, killAll());
    } finally {
      tell();
    }
    assertEquals(EnumSet.allOf(KillPoint.class), killsAt.keySet(), "each point was reached");
    assertEquals(EnumSet.allOf(Role.class), kills.keySet());
    check.requireSomethingLeftOver();
  }

  private void makeStore() throws IOException {
    try (Store store = Store.create(FileSystemDirectory.create(path), check.environment());
        Chain chain = store.create(StoreCheck.CHAIN, NumberedMemory.PAGE_SIZE)) {
      new Checkpointer(chain)
          .checkpoint(
              new NumberedImage(StoreCheck.MEMORY.at(0)),
              Checkpointer.Options.DEFAULT,
              Progress.NONE);
    }
  }

  private void startMissing() throws IOException {
    for (Role role : Role.values()) {
      if (!victims.containsKey(role)) {
        victims.put(role, Victim.start(role, path, acknowledged, random.nextLong()));
      }
    }
  }

  /** Returns who was killed. */
  private Set<Role> kill(int round) throws IOException, InterruptedException {
    if (round % ALL_KILLED == ALL_KILLED - 1) {
      return killAll();
    }
    List<KillPoint> points = List.of(KillPoint.values());
    return round % 2 == 0 ? killAtPoint(points.get(round / 2 % points.size())) : killOne();
  }

  private Set<Role> killAtPoint(KillPoint point) throws IOException, InterruptedException {
    Victim victim =
        victims.values().stream()
            .filter(v -> v.role().does(point.task()))
            .findFirst()
            .orElseThrow();
    victim.awaitWork();
    victim.stopAt(point);
    kill(victim);
    killsAt.merge(point, 1, Integer::sum);
    return Set.of(victim.role());
  }

  /** Kills one of those who are at work; others may still be starting. */
  private Set<Role> killOne() throws InterruptedException {
    List<Victim> atWork = victims.values().stream().filter(Victim::isAtWork).toList();
    List<Victim> among = atWork.isEmpty() ? List.copyOf(victims.values()) : atWork;
    Victim victim = among.get(random.nextInt(among.size()));
    victim.awaitWork();
    victim.awaitBegin();
    pause();
    during(kill(victim));
    atRandom++;
    return Set.of(victim.role());
  }

  private Set<Role> killAll() throws InterruptedException {
    for (Victim victim : victims.values()) {
      victim.awaitWork();
    }
    List<Victim> all = List.copyOf(victims.values());
    if (!all.isEmpty()) { // none is left behind a last round that killed all
      all.get(random.nextInt(all.size())).awaitBegin();
    }
    pause();
    for (Victim victim : List.copyOf(victims.values())) {
      during(kill(victim));
    }
    allKilled++;
    return EnumSet.allOf(Role.class);
  }

  private void pause() {
    LockSupport.parkNanos(random.nextInt(MOST_NANOS_BEFORE_KILL));
  }

  private void during(Optional<Task> task) {
    killsDuring.merge(task.map(Task::name).orElse("between tasks"), 1, Integer::sum);
  }

  private Optional<Task> kill(Victim victim) throws InterruptedException {
    Optional<Task> task = victim.kill();
    victims.remove(victim.role());
    kills.merge(victim.role(), 1, Integer::sum);
    busy += victim.busy();
    return task;
  }

  private void tell() {
    int atPoints = killsAt.values().stream().mapToInt(Integer::intValue).sum();
    System.out.println(
        "kill rounds: %d: one at random %d, at named points %d, all at once %d"
            .formatted(atPoints + atRandom + allKilled, atRandom, atPoints, allKilled));
    System.out.println("kill rounds: kills by role " + kills);
    System.out.println("kill rounds: at random, during " + killsDuring);
    System.out.println("kill rounds: %d named points: %s".formatted(killsAt.size(), killsAt));
    System.out.println(
        "kill rounds: newest acknowledged %d, %s, busy %d times"
            .formatted(acknowledged.newest(), check.summary(), busy));
  }
}
