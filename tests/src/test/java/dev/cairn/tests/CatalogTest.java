package dev.cairn.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalog of a store: what it answers, what it costs, and that nothing depends on it. */
class CatalogTest {
  private static final int PAGES = 8;

  private static final Environment ENVIRONMENT =
      new Environment(Clock.systemUTC(), new Random(), Duration.ofSeconds(30));

  private final Path directory;
  private final Path path;
  private final Path database;
  private Store store;

  CatalogTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.path = directory.resolve("store");
    this.database = path.resolve("catalog").resolve("rocksdb");
    this.store = Store.create(FileSystemDirectory.create(path), ENVIRONMENT);
  }

  @BeforeEach
  void twoChains() throws IOException {
    for (int i = 0; i < 6; i++) {
      checkpoint("vm", i, i == 2 ? "nightly" : "");
      checkpoint("db", i, i == 4 ? "nightly" : "");
    }
  }

  @AfterEach
  void closeStore() throws IOException {
    store.close();
  }

  private void checkpoint(String name, int content, String label) throws IOException {
    byte[] fill = new byte[PAGES];
    fill[content % PAGES] = (byte) (content + 1);
    try (Chain chain =
        store.chainNames().contains(name)
            ? store.open(name)
            : store.create(name, WholeImage.PAGE_SIZE)) {
      new Checkpointer(chain)
          .checkpoint(
              WholeImage.filled(fill),
              new Checkpointer.Options(label, false, FrameCodec.PLAIN, 1),
              Progress.NONE);
    }
  }

  private Catalog open(CatalogListener listener) throws IOException {
    return Catalog.tryOpen(store, listener).orElseThrow();
  }

  private Catalog.Report roll() throws IOException {
    try (Catalog catalog = open(CatalogListener.NONE)) {
      return catalog.rollForward(CatalogListener.NONE);
    }
  }

  private List<CatalogPoint> all() throws IOException {
    try (CatalogView view = CatalogView.open(store).orElseThrow()) {
      return view.between(Instant.MIN, Instant.MAX);
    }
  }

  private List<String> labelled(String label) throws IOException {
    try (CatalogView view = CatalogView.open(store).orElseThrow()) {
      return view.byLabel(label).stream().map(p -> p.chain() + "@" + p.checkpoint()).toList();
    }
  }

  private void edit(String name, Edit edit) throws IOException {
    try (Chain chain = store.open(name)) {
      chain.commit(List.of(edit), List.of());
    }
  }

  @Test
  void onlyWhatChangedIsWritten() throws IOException {
    assertEquals(new Catalog.Report(2, 12, 0), roll());
    assertEquals(new Catalog.Report(2, 0, 0), roll());
    checkpoint("vm", 6, "");
    assertEquals(new Catalog.Report(2, 1, 0), roll());
    try (Chain chain = store.open("vm")) {
      new Merger(chain, Policies.DEFAULT).compact();
    }
    assertEquals(new Catalog.Report(2, 0, 0), roll());
    edit("vm", new Edit.Forget(PointSet.EMPTY.with(1).with(3)));
    assertEquals(new Catalog.Report(2, 0, 2), roll());
    edit("db", new Edit.Label(3, "weekly"));
    assertEquals(new Catalog.Report(2, 1, 0), roll());
  }

  @Test
  void labelsChangeAndForgottenPointsAndRemovedChainsVanish() throws IOException {
    roll();
    assertEquals(List.of("vm@2", "db@4"), labelled("nightly"));
    edit("vm", new Edit.Label(2, "weekly"));
    edit("db", new Edit.Forget(PointSet.EMPTY.with(4)));
    try (Chain chain = store.open("vm")) {
      store.fork(chain, 3, "clone");
    }
    roll();
    assertEquals(List.of(), labelled("nightly"));
    assertEquals(List.of("clone@2", "vm@2"), labelled("weekly"));
    removeTree(path.resolve("chains").resolve("vm"));
    roll();
    assertEquals(List.of("clone@2"), labelled("weekly"));
    assertEquals(4 + 5, all().size());
  }

  private static void removeTree(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aDeletedCatalogIsMadeAnewWithTheSameAnswers() throws IOException, InterruptedException {
    roll();
    List<CatalogPoint> before = all();
    assertEquals(12, before.size());
    removeTree(path.resolve("catalog"));
    assertEquals(0, Cairn.run("--store", path.toString(), "-q", "reindex"));
    assertEquals(before, all());
    try (Child child = Child.cairn(directory, "--store", path.toString(), "--json", "reindex")) {
      assertEquals("{\"chains\":2,\"points\":12,\"skipped\":[]}", child.await(0).strip());
    }
  }

  @Test
  void aDamagedCatalogIsThrownAwayAndMadeAnew() throws IOException {
    roll();
    List<CatalogPoint> before = all();
    Random random = new Random(5);
    for (String name : names(database)) {
      if (name.startsWith("LOG") || name.equals("LOCK") || name.equals("IDENTITY")) {
        continue; // nothing is read from them
      }
      Path file = database.resolve(name);
      for (int way = 0; way < 3 && Files.exists(file); way++) {
        byte[] bytes = Files.readAllBytes(file);
        switch (way) {
          case 0 -> bytes = "no database at all, but some text".repeat(9).getBytes(US_ASCII);
          case 1 -> bytes = Arrays.copyOf(bytes, bytes.length / 2);
          default -> random.nextBytes(bytes);
        }
        Files.write(file, bytes);
        roll();
        assertEquals(before, all(), name + " damaged in way " + way);
        try (CatalogView view = CatalogView.open(store).orElseThrow()) {
          assertEquals(List.of(), view.stale(store));
        }
      }
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aCatalogOfAnotherStoreIsThrownAwayWithANotice() throws IOException {
    roll();
    Path other = directory.resolve("other");
    Store.create(FileSystemDirectory.create(other), ENVIRONMENT).close();
    Files.move(path.resolve("catalog"), other.resolve("catalog"));
    store.close();
    store = Store.open(FileSystemDirectory.open(other), ENVIRONMENT);
    assertTrue(CatalogView.open(store).isEmpty(), "readers do not believe it");
    List<String> notices = new ArrayList<>();
    CatalogListener listener =
        new CatalogListener() {
          @Override
          public void notice(String text) {
            notices.add(text);
          }
        };
    try (Catalog catalog = open(listener)) {
      assertEquals(List.of(), catalog.between(Instant.MIN, Instant.MAX, listener));
    }
    assertEquals(1, notices.size());
  }

  @Test
  void filesAreForTheirOwnerOnlyAndNoLinkIsFollowed() throws IOException {
    roll();
    for (String name : names(database)) {
      assertEquals("rw-------", permissions(database.resolve(name)), name);
    }
    assertEquals("rwx------", permissions(database));
    Path victim = directory.resolve("victim");
    for (String name : List.of("LOCK", "CURRENT", "LOG", "IDENTITY", "000099.log")) {
      Files.deleteIfExists(database.resolve(name));
      Files.createSymbolicLink(database.resolve(name), victim);
      roll();
      assertFalse(Files.exists(victim), name);
      assertEquals(12, all().size());
      removeTree(path.resolve("catalog"));
      roll();
    }
    removeTree(path.resolve("catalog"));
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.createSymbolicLink(path.resolve("catalog"), elsewhere);
    String said = new Cli(path).run(1, "reindex").errors();
    assertTrue(said.contains("rm " + path.resolve("catalog") + ", then: cairn reindex"), said);
    assertEquals(0, Cairn.run("--store", path.toString(), "list", "--label", "nightly"));
    assertEquals(List.of(), names(elsewhere));
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void aStoreInMemoryHasNoCatalog() throws IOException {
    try (Store memory = Store.create(MemoryDirectory.create(), ENVIRONMENT)) {
      assertTrue(Catalog.tryOpen(memory, CatalogListener.NONE).isEmpty());
      assertTrue(CatalogView.open(memory).isEmpty());
    }
  }

  @Test
  void oneWritesAtATimeAndOthersReadWhatIsThere() throws IOException {
    roll();
    try (Catalog catalog = open(CatalogListener.NONE)) {
      assertTrue(Catalog.tryOpen(store, CatalogListener.NONE).isEmpty());
      for (int i = 0; i < 20; i++) {
        checkpoint("vm", i, "");
        try (CatalogView view = CatalogView.open(store).orElseThrow()) {
          assertEquals(List.of("vm"), view.stale(store));
          assertEquals(12 + i, view.between(Instant.MIN, Instant.MAX).size());
        }
        catalog.rollForward(CatalogListener.NONE);
        assertEquals(12 + i + 1, all().size());
      }
    }
  }

  @Test
  void whoHasNoMoreTimeLeavesTheRestToTheNext() throws IOException {
    CatalogListener listener =
        new CatalogListener() {
          private int seen;

          @Override
          public void at(int doneChains, int allChains) {
            seen = doneChains;
          }

          @Override
          public boolean enough() {
            return seen == 1;
          }
        };
    try (Catalog catalog = open(listener)) {
      assertEquals(new Catalog.Report(1, 6, 0), catalog.rollForward(listener));
    }
    assertEquals(new Catalog.Report(2, 6, 0), roll());
  }

  @Test
  void aChainThatCannotBeReadIsToldAndDoesNotHideTheOthers() throws IOException {
    roll();
    checkpoint("vm", 7, "");
    Files.writeString(path.resolve("chains").resolve("db").resolve("MANIFEST"), "rubbish");
    List<String> skipped = new ArrayList<>();
    CatalogListener listener =
        new CatalogListener() {
          @Override
          public void skipped(String chain, IOException why) {
            skipped.add(chain);
          }
        };
    try (Catalog catalog = open(listener)) {
      assertEquals(new Catalog.Report(1, 1, 0), catalog.rollForward(listener));
    }
    assertEquals(List.of("db"), skipped);
    assertEquals(13, all().size());
    assertEquals(4, Cairn.run("--store", path.toString(), "-q", "reindex"));
    assertEquals(7, all().size());
  }

  @Test
  void twoProcessesCheckpointWhileAThirdHoldsTheCatalog() throws IOException, InterruptedException {
    String image = "mapped-ram:" + Vectors.unpack(0, directory);
    String at = path.toString();
    try (Child holder = Child.java(directory, List.of(), CatalogHolderMain.class, at)) {
      holder.awaitWord("holding");
      try (Child a = Child.cairn(directory, "--store", at, "checkpoint", "a", "--from", image);
          Child b =
              Child.cairn(
                  directory, "--store", at, "checkpoint", "b", "--from", image, "--label", "now")) {
        a.await(0);
        b.await(0);
      }
      try (Child list = Child.cairn(directory, "--store", at, "list", "--label", "nightly")) {
        String said = list.await(0);
        assertTrue(said.contains("may be older: a b"), said);
        assertTrue(said.contains("vm ") && said.contains("db "), said);
      }
      try (Child busy = Child.cairn(directory, "--store", at, "reindex")) {
        busy.await(11);
      }
      holder.endInput();
      holder.await(0);
    }
    try (Child list = Child.cairn(directory, "--store", at, "--json", "list", "--label", "now")) {
      String said = list.await(0);
      assertTrue(said.contains("\"chain\":\"b\",\"checkpoint\":0"), said);
      assertTrue(said.contains("\"stale\":[]"), said);
    }
  }

  @Test
  void aKilledWriterLeavesACatalogThatGoesOn() throws IOException, InterruptedException {
    try (Child holder =
        Child.java(directory, List.of(), CatalogHolderMain.class, path.toString())) {
      holder.awaitWord("holding");
    }
    assertEquals(new Catalog.Report(2, 0, 0), roll());
    assertEquals(12, all().size());
  }

  @Test
  void rocksDbIsNotLoadedForQuestionsAboutOneChain() throws IOException, InterruptedException {
    for (List<String> command :
        List.of(List.of("list", "vm"), List.of("list"), List.of("show", "vm"), List.of("--help"))) {
      List<String> all = new ArrayList<>(List.of("--store", path.toString()));
      all.addAll(command);
      try (Child child =
          Child.java(
              directory, List.of("-Xlog:class+load"), Cairn.class, all.toArray(String[]::new))) {
        String said = child.await(0);
        assertTrue(said.contains("dev.cairn.tools.Cairn"), "classes are logged");
        assertFalse(said.contains("org.rocksdb"), () -> command + " loads RocksDB");
      }
    }
  }
}
