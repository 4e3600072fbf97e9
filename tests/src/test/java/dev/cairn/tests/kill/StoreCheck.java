package dev.cairn.tests.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.tests.MemorySink;
import dev.cairn.tests.NumberedMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** What the next process must find, whoever was killed. Not thread-safe. */
final class StoreCheck {
  static final String CHAIN = "vm";
  static final NumberedMemory MEMORY = new NumberedMemory(64);

  /** So many of the newest points are always retained. */
  static final int KEPT = 8;

  private static final int MOST_REMEMBERED = 200;

  private final Path path;
  private final Environment environment;
  private final Map<Long, byte[]> remembered = new LinkedHashMap<>();
  private long pointsRestored;
  private long filesLeftOver;
  private long stagesLeftOver;
  private int forks;

  StoreCheck(Path path, Random random) {
    this.path = path;
    this.environment = new Environment(Clock.systemUTC(), random, Duration.ofSeconds(30));
  }

  Environment environment() {
    return environment;
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
      List<Long> points = restoreAll(chain);
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
        checkForks(store, chain);
      }
    }
  }

  private List<Long> restoreAll(Chain chain) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<Long> points = List.copyOf(snapshot.points().keySet());
      for (long point : points) {
        restore(snapshot, point);
      }
      return points;
    }
  }

  private void restoreTip(Chain fork) throws IOException {
    try (ChainSnapshot snapshot = fork.snapshot()) {
      restore(snapshot, snapshot.points().lastKey());
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

  /** The forgetter, who makes forks, is dead: what it was making is nobody's. */
  private void checkForks(Store store, Chain chain) throws IOException {
    stagesLeftOver += stages().size();
    store.fork(chain, chain.manifest().tip().orElseThrow().number(), "seen");
    assertEquals(List.of(), stages(), "swept by who makes the next chain");
    for (String name : store.chainNames()) {
      if (!name.equals(CHAIN)) {
        try (Chain fork = store.open(name)) {
          assertEquals(List.of(), LeftOver.of(fork).files(), name);
          verify(fork);
          restoreTip(fork);
        }
        delete(path.resolve("chains").resolve(name));
        forks++;
      }
    }
  }

  private List<Path> stages() throws IOException {
    try (Stream<Path> entries = Files.list(path.resolve("chains"))) {
      return entries.filter(entry -> entry.getFileName().toString().startsWith(".")).toList();
    }
  }

  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Tells what was looked at. */
  String summary() {
    return "%d points restored, %d files and %d half-made forks left over and swept, %d forks"
        .formatted(pointsRestored, filesLeftOver, stagesLeftOver, forks);
  }

  /** Fails unless there was something to find. */
  void requireSomethingLeftOver() {
    assertTrue(filesLeftOver > 0 && stagesLeftOver > 0 && forks > 0, this::summary);
  }
}
