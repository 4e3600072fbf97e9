package dev.cairn.tests.kill;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.WholeImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A writer, a merger, a forgetter and two readers who work on one chain, and who are killed and
 * started again. After each kill the store is looked at, while those who live go on. Not
 * thread-safe.
 */
final class KillRounds implements AutoCloseable {
  private final VictimJvm jvm;
  private final Random random;
  private final StoreCheck check;
  private final KillCounts counts = new KillCounts();
  private final Deck<KillPoint> points;
  private final Deck<Task> tasks;
  private final Acknowledged acknowledged = new Acknowledged();
  private final Map<Role, Victim> victims = new EnumMap<>(Role.class);

  /**
   * @param store that {@link #makeStore} made, and that {@code jvm} starts victims on
   */
  KillRounds(Path store, VictimJvm jvm, Random random) {
    this.jvm = jvm;
    this.random = random;
    this.check = new StoreCheck(store, random);
    this.points = new Deck<>(KillPoint.values(), random);
    this.tasks = new Deck<>(Task.values(), random);
  }

  static void makeStore(Path path, Random random) throws IOException {
    try (Store store =
            Store.create(FileSystemDirectory.create(path), StoreCheck.environment(random));
        Chain chain = store.create(StoreCheck.CHAIN, NumberedMemory.PAGE_SIZE)) {
      new Checkpointer(chain)
          .checkpoint(
              new WholeImage(StoreCheck.MEMORY.at(0)), Checkpointer.Options.DEFAULT, Progress.NONE);
    }
  }

  /** Kills one at a point where none was killed of late. */
  void killAtPoint() throws IOException, InterruptedException {
    startMissing();
    killAt(points.draw(p -> isAtWork(p.task())));
  }

  /** Kills one at a point. */
  void killAt(KillPoint point) throws IOException, InterruptedException {
    startMissing();
    Victim victim = victim(point.task());
    victim.awaitWork();
    victim.stopAt(point);
    kill(victim);
    counts.atPoint(point);
    look(EnumSet.of(victim.role()));
  }

  /** Kills one anywhere in a task in which none was killed of late. */
  void killAtRandom() throws IOException, InterruptedException {
    startMissing();
    killDuring(tasks.draw(this::isAtWork));
  }

  /** Kills one anywhere in a task. */
  void killDuring(Task task) throws IOException, InterruptedException {
    startMissing();
    Victim victim = victim(task);
    victim.awaitWork();
    victim.doAgain(task);
    LockSupport.parkNanos(random.nextLong(jvm.durations().nanos(task)));
    counts.atRandom(kill(victim));
    look(EnumSet.of(victim.role()));
  }

  void killAll() throws IOException, InterruptedException {
    startMissing();
    for (Victim victim : victims.values()) {
      victim.awaitWork();
    }
    Task task = tasks.draw(this::isAtWork);
    victim(task).doAgain(task);
    LockSupport.parkNanos(random.nextLong(jvm.durations().nanos(task)));
    for (Victim victim : List.copyOf(victims.values())) {
      kill(victim);
    }
    counts.all();
    look(EnumSet.allOf(Role.class));
  }

  private void startMissing() throws IOException {
    for (Role role : Role.values()) {
      if (!victims.containsKey(role)) {
        victims.put(role, Victim.start(role, jvm, acknowledged, random.nextLong()));
      }
    }
  }

  private boolean isAtWork(Task task) {
    return victim(task).isAtWork();
  }

  /** Returns one that does a task; of several, one that need not be waited for. */
  private Victim victim(Task task) {
    return victims.values().stream()
        .filter(victim -> victim.role().does(task))
        .max(Comparator.comparing(Victim::isAtWork))
        .orElseThrow();
  }

  private Victim.Killed kill(Victim victim) throws InterruptedException {
    Victim.Killed killed = victim.kill();
    victims.remove(victim.role());
    counts.killed(victim);
    return killed;
  }

  private void look(Set<Role> killed) throws IOException {
    check.check(acknowledged, killed);
    for (Victim victim : victims.values()) {
      victim.requireAlive();
    }
  }

  KillCounts counts() {
    return counts;
  }

  void requireSomethingLeftOver() {
    check.requireSomethingLeftOver();
  }

  void tell() {
    counts.tell();
    System.out.println(
        "kill rounds: newest acknowledged %d, %s"
            .formatted(acknowledged.newest(), check.summary()));
  }

  /** Kills and reaps all, whatever one of them makes of it. */
  @Override
  public void close() {
    RuntimeException failed = null;
    for (Victim victim : victims.values()) {
      try {
        victim.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        if (failed == null) {
          failed = e;
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
