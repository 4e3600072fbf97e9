package dev.cairn.tests.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.tests.MemorySink;
import dev.cairn.tests.NumberedMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** What the next process must find, whoever was killed. Not thread-safe. */
final class StoreCheck {
  static final String CHAIN = "vm";
  static final NumberedMemory MEMORY = new NumberedMemory(64);

  /** So many of the newest points are always retained. */
  static final int KEPT = 8;

  private static final int MOST_REMEMBERED = 200;

  /** So many of those that were let go are asked for at each look. */
  private static final int MOST_REFUSED = 20;

  private final Path path;
  private final Environment environment;
  private final Random random;
  private final Map<Long, byte[]> remembered = new LinkedHashMap<>();
  private long pointsRestored;
  private long filesLeftOver;
  private long stagesLeftOver;
  private long pointsRefused;
  private int forks;
  private int forksAcknowledged;

  StoreCheck(Path path, Random random) {
    this.path = path;
    this.environment = environment(random);
    this.random = random;
  }

  static Environment environment(Random random) {
    return new Environment(Clock.systemUTC(), random, Duration.ofSeconds(30));
  }

  /**
   * Checks the store after a kill; others may go on working on it.
   *
   * @param acknowledged the newest acknowledged point, as known before this
   * @param killed whose word is final
   */
  void check(Acknowledged acknowledged, Set<Role> killed) throws IOException {
    long newest = acknowledged.newest();
    try (Store store = Store.open(FileSystemDirectory.open(path), environment);
        Chain chain = store.open(CHAIN)) {
      Set<Long> gone = acknowledged.forgotten();
      List<Long> points = restoreAll(chain);
      refuse(chain, gone);
      long tip = points.getLast();
      assertTrue(tip >= newest, () -> newest + " was acknowledged: " + points);
      if (killed.contains(Role.WRITER)) {
        assertTrue(tip <= newest + 1, () -> newest + " is the last acknowledged: " + points);
        acknowledged.point(tip); // the next writer builds upon it
      }
      for (long n = Math.max(0, tip - KEPT + 1); n <= tip; n++) {
        assertTrue(points.contains(n), n + " of " + points);
      }
      if (killed.contains(Role.FORGETTER)) {
        acknowledged.kept().forEach((token, n) -> assertTrue(points.contains(n), token));
      }
      verify(chain);
      requireSweptByTheNextCommit(chain, killed.size() == Role.values().length);
      if (killed.contains(Role.FORGETTER)) {
        checkForks(store, chain, acknowledged.takeForks());
      }
    }
  }

  /** What was let go is listed no more; some of it is asked for. */
  private void refuse(Chain chain, Set<Long> gone) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<Long> points = points(snapshot);
      assertTrue(
          Collections.disjoint(points, gone),
          () -> "forgotten were " + gone + ", listed are " + points);
      List<Long> some = new ArrayList<>(gone);
      Collections.shuffle(some, random);
      for (long point : some.subList(0, Math.min(MOST_REFUSED, some.size()))) {
        assertThrows(NoSuchPointException.class, () -> snapshot.view(point), () -> "@" + point);
        pointsRefused++;
      }
    }
  }

  private static List<Long> points(ChainSnapshot snapshot) throws IOException {
    return List.copyOf(snapshot.points().keySet());
  }

  private List<Long> restoreAll(Chain chain) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<Long> points = points(snapshot);
      for (long point : points) {
        restore(snapshot, point);
      }
      return points;
    }
  }

  private void restore(ChainSnapshot snapshot, long point) throws IOException {
    try (MemorySink sink = new MemorySink()) {
      new Restorer(snapshot.view(point), sink, Progress.NONE).run(1);
      if (!Arrays.equals(memory(point), sink.bytes())) {
        MEMORY.check(point, sink.bytes(), snapshot.chain() + "@" + point);
      }
    }
    pointsRestored++;
  }

  private byte[] memory(long point) {
    if (remembered.size() > MOST_REMEMBERED) {
      remembered.clear();
    }
    return remembered.computeIfAbsent(point, MEMORY::at);
  }

  private static void verify(Chain chain) throws IOException {
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    assertEquals(List.of(), findings, chain.name());
  }

  private void requireSweptByTheNextCommit(Chain chain, boolean allDead) throws IOException {
    LeftOver before = LeftOver.of(chain);
    filesLeftOver += before.files().size();
    chain.commit(List.of(new Edit.Forget(PointSet.EMPTY)), List.of());
    List<String> after = new ArrayList<>(LeftOver.of(chain).files());
    if (!allDead) {
      after.retainAll(before.files()); // living ones may have left something new
    }
    assertEquals(List.of(), after, "swept by a commit");
  }

  /**
   * The forgetter, who makes forks, is dead: what it was making is nobody's.
   *
   * @param made the points of those that were acknowledged
   */
  private void checkForks(Store store, Chain chain, Map<String, List<Long>> made)
      throws IOException {
    stagesLeftOver += stages().size();
    store.fork(chain, chain.manifest().tip().orElseThrow().number(), "seen");
    assertEquals(List.of(), stages(), "swept by who makes the next chain");
    List<String> names = store.chainNames();
    assertTrue(names.containsAll(made.keySet()), () -> made.keySet() + " were made: " + names);
    for (String name : names) {
      if (!name.equals(CHAIN)) {
        try (Chain fork = store.open(name)) {
          assertEquals(List.of(), LeftOver.of(fork).files(), name);
          verify(fork);
          List<Long> points = restoreAll(fork);
          assertEquals(made.getOrDefault(name, points), points, name);
        }
        KillPlace.delete(path.resolve("chains").resolve(name));
        forks++;
      }
    }
    forksAcknowledged += made.size();
  }

  private List<String> stages() throws IOException {
    try (StoreDirectory store = FileSystemDirectory.open(path)) {
      return LeftOver.of(store).files();
    }
  }

  /** Tells what was looked at. */
  String summary() {
    return "%d points restored, %d refused, %d files and %d half-made forks left over and swept,"
            .formatted(pointsRestored, pointsRefused, filesLeftOver, stagesLeftOver)
        + " %d forks, %d of them acknowledged".formatted(forks, forksAcknowledged);
  }

  /** Fails unless there was something to find. */
  void requireSomethingLeftOver() {
    assertTrue(filesLeftOver > 0 && stagesLeftOver > 0, this::summary);
    assertTrue(forksAcknowledged > 0 && pointsRefused > 0, this::summary);
  }
}
