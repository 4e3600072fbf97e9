package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.catalog.Catalog;
import dev.cairn.chain.catalog.CatalogListener;
import dev.cairn.chain.catalog.CatalogPoint;
import dev.cairn.chain.catalog.CatalogView;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.Point;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalog against a model that is a map, over random histories of several chains. */
class CatalogModelTest {
  private static final int ROUNDS = 5;
  private static final int STEPS = 60;
  private static final int PAGES = 8;
  private static final Instant START = Instant.parse("2026-11-20T10:00:00Z");
  private static final List<String> LABELS = List.of("", "", "nightly", "night", "before-upgrade");

  /** A clock that now and then goes back, as those of real hosts do. */
  private static final class OddClock extends Clock {
    private final Random random;
    private Instant now = START;

    OddClock(Random random) {
      this.random = random;
    }

    @Override
    public Instant instant() {
      now = now.plusMillis(random.nextInt(4000) - 500);
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private final Path directory;
  private final Map<String, NavigableMap<Long, CatalogPoint>> model = new TreeMap<>();

  private int harms;

  CatalogModelTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void everyAnswerIsThatOfTheModel() throws IOException {
    long first = Settings.seed();
    for (int round = 0; round < ROUNDS; round++) {
      long seed = first + round;
      try {
        model.clear();
        history(new Random(seed), directory.resolve("store" + round));
      } catch (AssertionError | Exception e) {
        throw new AssertionError("rerun with -Dtests.seed=" + seed, e);
      }
    }
    System.out.println("catalogs deleted, cut or put back in random histories: " + harms);
    assertTrue(harms > ROUNDS, "harms: " + harms);
  }

  private void history(Random random, Path path) throws IOException {
    Environment environment = new Environment(new OddClock(random), random, Duration.ofSeconds(5));
    try (Store store = Store.create(FileSystemDirectory.create(path), environment)) {
      for (int step = 0; step < STEPS; step++) {
        change(random, store, path);
        harm(random, path.resolve("catalog"), path.resolve("older-catalog"));
        if (random.nextInt(3) == 0) {
          compare(random, store, random.nextInt(10) == 0);
        }
      }
      compare(random, store, false);
      compare(random, store, true);
    }
  }

  /** What a power cut, rot or somebody may do to the catalog: it is derived, nothing is lost. */
  private void harm(Random random, Path catalog, Path older) throws IOException {
    int what = random.nextInt(24);
    if (what > 4 || Files.notExists(catalog.resolve("rocksdb"))) {
      return;
    }
    List<Path> files = files(catalog.resolve("rocksdb"));
    Path file = files.get(random.nextInt(files.size()));
    switch (what) {
      case 0 -> remove(catalog);
      case 1 -> Files.delete(file);
      case 2 -> {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
      }
      case 3 -> copy(catalog, older);
      default -> {
        if (Files.exists(older)) {
          copy(older, catalog);
        }
      }
    }
    harms++;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  /** Puts a directory's files in the place of another one's. */
  private static void copy(Path from, Path to) throws IOException {
    if (Files.exists(to)) {
      remove(to);
    }
    Files.createDirectories(to.resolve("rocksdb"));
    for (Path file : files(from.resolve("rocksdb"))) {
      Files.copy(file, to.resolve("rocksdb").resolve(file.getFileName()));
    }
  }

  private void change(Random random, Store store, Path path) throws IOException {
    String name = "vm" + (char) ('a' + random.nextInt(4)) + (random.nextBoolean() ? "" : "-2");
    if (!model.containsKey(name)) {
      store.create(name, WholeImage.PAGE_SIZE).close();
      model.put(name, new TreeMap<>());
    }
    NavigableMap<Long, CatalogPoint> points = model.getOrDefault(name, new TreeMap<>());
    try (Chain chain = store.open(name)) {
      int what = random.nextInt(20);
      if (points.isEmpty() || what < 10) {
        checkpoint(random, chain, points);
      } else if (what < 13) {
        forget(random, chain, points);
      } else if (what < 15) {
        label(random, chain, points);
      } else if (what < 17) {
        new Merger(chain, Policies.DEFAULT).compact();
      } else if (what < 18) {
        new Merger(chain, Policies.DEFAULT).run();
      } else if (what < 19) {
        fork(random, store, chain, points);
      } else {
        remove(path.resolve("chains").resolve(name));
        model.remove(name);
      }
    }
  }

  private static void checkpoint(
      Random random, Chain chain, NavigableMap<Long, CatalogPoint> points) throws IOException {
    byte[] fill = new byte[PAGES];
    random.nextBytes(fill);
    String label = LABELS.get(random.nextInt(LABELS.size()));
    Checkpointer.Options options = new Checkpointer.Options(label, false, FrameCodec.PLAIN, 1);
    Point p =
        new Checkpointer(chain).checkpoint(WholeImage.filled(fill), options, Progress.NONE).point();
    points.put(
        p.checkpoint(),
        new CatalogPoint(
            p.time(),
            chain.name(),
            p.checkpoint(),
            label,
            p.written().pages(),
            p.written().bytes()));
  }

  private static void forget(Random random, Chain chain, NavigableMap<Long, CatalogPoint> points)
      throws IOException {
    PointSet forgotten = PointSet.EMPTY;
    for (long n : List.copyOf(points.headMap(points.lastKey()).keySet())) {
      if (random.nextInt(3) == 0) {
        forgotten = forgotten.with(n);
        points.remove(n);
      }
    }
    chain.commit(List.of(new Edit.Forget(forgotten)), List.of());
  }

  private static void label(Random random, Chain chain, NavigableMap<Long, CatalogPoint> points)
      throws IOException {
    CatalogPoint point = any(random, points);
    String label = LABELS.get(random.nextInt(LABELS.size()));
    chain.commit(List.of(new Edit.Label(point.checkpoint(), label)), List.of());
    points.put(point.checkpoint(), with(point, point.chain(), label));
  }

  private void fork(
      Random random, Store store, Chain chain, NavigableMap<Long, CatalogPoint> points)
      throws IOException {
    String name = "fork" + random.nextInt(1000);
    if (model.containsKey(name)) {
      return;
    }
    CatalogPoint at = any(random, points);
    store.fork(chain, at.checkpoint(), name);
    NavigableMap<Long, CatalogPoint> copy = new TreeMap<>();
    points
        .headMap(at.checkpoint(), true)
        .forEach((n, point) -> copy.put(n, with(point, name, point.label())));
    model.put(name, copy);
  }

  private static CatalogPoint any(Random random, NavigableMap<Long, CatalogPoint> points) {
    return List.copyOf(points.values()).get(random.nextInt(points.size()));
  }

  private static CatalogPoint with(CatalogPoint p, String chain, String label) {
    return new CatalogPoint(p.time(), chain, p.checkpoint(), label, p.pages(), p.bytes());
  }

  private static void remove(Path chain) throws IOException {
    try (Stream<Path> files = Files.walk(chain)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void compare(Random random, Store store, boolean rebuilt) throws IOException {
    try (Catalog catalog = Catalog.tryOpen(store, CatalogListener.NONE).orElseThrow()) {
      if (rebuilt) {
        catalog.rebuild(CatalogListener.NONE);
      } else {
        catalog.rollForward(CatalogListener.NONE);
      }
      assertEquals(model.size(), catalog.generations(CatalogListener.NONE).size());
      Instant a = START.plusMillis(random.nextInt(60_000));
      Instant b = a.plusMillis(random.nextInt(30_000));
      List<CatalogPoint> some = expected(p -> !p.time().isBefore(a) && !p.time().isAfter(b));
      assertEquals(some, catalog.between(a, b, CatalogListener.NONE));
      try (CatalogView view = CatalogView.open(store).orElseThrow()) {
        assertEquals(List.of(), view.stale(store));
        assertEquals(expected(p -> true), view.between(Instant.MIN, Instant.MAX));
        for (String label : List.of("nightly", "night", "before-upgrade", "no such")) {
          assertEquals(expected(p -> p.label().equals(label)), view.byLabel(label));
        }
      }
    }
  }

  private List<CatalogPoint> expected(Predicate<CatalogPoint> which) {
    List<CatalogPoint> all = new ArrayList<>();
    model.values().forEach(points -> points.values().stream().filter(which).forEach(all::add));
    all.sort(CatalogPoint.ORDER);
    return all;
  }
}
