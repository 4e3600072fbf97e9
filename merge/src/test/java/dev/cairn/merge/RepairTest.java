package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Damage;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.MemoryStore.Failure;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.HookedDirectory.Call;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreInput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A repaired chain is clean and has every point that was intact; what was damaged is put aside.
 *
 * <pre>
 *   base 0   layer 1   layer 2..5            layer 6   layer 7..8   layer 9
 *                      draws on 2, 3, 4, 5             draws on 7, 8
 *   page 7 is written at 0, 3, 6; page 8 at 0, 3, 4, 6; page 50 at 0; page 60 + n at n
 * </pre>
 */
class RepairTest {
  private static final long PAGES = 300;
  private static final long TIP = 9;

  private History history = new History(11);
  private MemoryStore disk = new MemoryStore(13);
  private Map<String, byte[]> saved = new TreeMap<>();
  private Chain chain;

  RepairTest() throws IOException {
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
  }

  @BeforeEach
  void write() throws IOException {
    for (long n = 0; n <= TIP; n++) {
      byte value = (byte) (n + 1);
      long number = n;
      history.checkpoint(
          chain,
          PAGES,
          image -> {
            image.fill(60 + number, value);
            if (number % 3 == 0 && number < TIP) {
              image.fill(7, value);
              image.fill(8, value);
            }
            if (number == 0) {
              image.fill(50, value);
            }
            if (number == 4) {
              image.fill(8, value);
            }
          });
    }
    History.merge(chain, 1, 5);
    History.merge(chain, 3, 5);
    assertEquals(upTo(TIP), history.assertClean(chain));
    saved = disk.save("vm");
  }

  private static List<Long> upTo(long n) {
    return LongStream.rangeClosed(0, n).boxed().toList();
  }

  private static List<Long> without(long... lost) {
    List<Long> left = new ArrayList<>(upTo(TIP));
    LongStream.of(lost).forEach(n -> left.remove((Long) n));
    return left;
  }

  /** The index that says what there is of a checkpoint. */
  private FileEntry index(long checkpoint) throws IOException {
    return chain.manifest().indexes().stream()
        .filter(f -> f.name().first() <= checkpoint && checkpoint <= f.through())
        .findFirst()
        .orElseThrow();
  }

  /** The file that was written at a checkpoint. */
  private FileEntry written(long checkpoint) throws IOException {
    return chain.manifest().files().stream()
        .filter(f -> f.name().first() == checkpoint && f.name().last() == checkpoint)
        .findFirst()
        .orElseThrow();
  }

  /** What rots, and which file that is. */
  @FunctionalInterface
  interface Harm {
    FileName to(RepairTest test, Rot rot) throws IOException;
  }

  private static Harm page(long page, long checkpoint) {
    return (test, rot) ->
        rot.flip(rot.page(test.index(checkpoint), page, checkpoint).orElseThrow());
  }

  private static Harm section(long checkpoint, String name) {
    return (test, rot) -> rot.flip(rot.section(test.index(checkpoint), checkpoint, name));
  }

  private static Arguments harm(String what, Harm harm, List<Long> left) {
    return Arguments.of(what, harm, left);
  }

  static Stream<Arguments> harms() {
    return Stream.of(
        harm("page of the newest layer", page(69, 9), upTo(8)),
        harm("page of a layer that stays on top", page(66, 6), upTo(5)),
        harm("page of data that some points see", page(7, 3), without(3, 4, 5)),
        harm("page of data that only an old point sees", page(8, 3), without(3)),
        harm("page of data that all newer points see", page(63, 3), upTo(2)),
        harm("page of the base that only old points see", page(7, 0), without(0, 1, 2)),
        harm("index of the newest layer", (t, r) -> r.flip(r.index(t.index(9))), upTo(8)),
        harm("index of a layer in the middle", (t, r) -> r.flip(r.index(t.index(6))), upTo(5)),
        harm("index of a merged layer", (t, r) -> r.flip(r.index(t.index(3))), upTo(1)),
        harm(
            "index of data, which nobody asks", (t, r) -> r.flip(r.index(t.written(3))), without()),
        harm("footer of a layer in the middle", (t, r) -> r.flip(r.footer(t.index(6))), upTo(5)),
        harm("footer of data", (t, r) -> r.flip(r.footer(t.written(3))), upTo(2)),
        harm("layer that is missing", (t, r) -> r.delete(t.index(6).name()), upTo(5)),
        harm("data file that is missing", (t, r) -> r.delete(t.written(4).name()), upTo(3)),
        harm("section of one point", section(4, "tick"), without(4)),
        harm("section of the tip", section(9, "tick"), upTo(8)),
        harm("section of the base's point", section(0, "tick"), without(0)),
        harm("section that points share", section(4, "same"), upTo(0)),
        harm("padding of the base", (t, r) -> r.flip(r.padding(t.index(0), 0)), without()),
        harm("padding of data", (t, r) -> r.flip(r.padding(t.index(3), 3)), without()),
        harm("padding of a layer", (t, r) -> r.flip(r.padding(t.index(6), 6)), without()),
        harm("padding of the newest layer", (t, r) -> r.flip(r.padding(t.index(9), 9)), without()),
        harm(
            "several files",
            (t, r) -> {
              page(7, 0).to(t, r);
              section(9, "tick").to(t, r);
              r.flip(r.padding(t.index(1), 1));
              return page(8, 3).to(t, r);
            },
            without(0, 1, 2, 3, 9)));
  }

  private List<Finding> repair() throws IOException {
    List<Finding> findings = new ArrayList<>();
    Repairer repairer = new Repairer(chain);
    Optional<Damage> damage = repairer.examine(findings::add);
    assertEquals(damage.isEmpty(), findings.isEmpty());
    if (damage.isPresent()) {
      repairer.repair(damage.get());
    }
    return findings;
  }

  private void reopen() throws IOException {
    chain.close();
    chain = disk.chain("vm");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("harms")
  void aRepairedChainIsCleanAndLosesOnlyWhatWasDamaged(String what, Harm harm, List<Long> left)
      throws IOException {
    FileName file = harm.to(this, new Rot(disk, "vm"));
    reopen();
    byte[] damaged = disk.directory("vm").exists(file.text()) ? disk.read("vm", file.text()) : null;
    List<Finding> verified = History.findings(chain);
    assertTrue(
        verified.stream().anyMatch(finding -> finding.file().equals(file.text())),
        verified::toString);

    Optional<Damage> damage = new Repairer(chain).examine(_ -> {});
    List<Long> lost = new ArrayList<>(upTo(TIP));
    lost.removeAll(left);
    assertEquals(lost, upTo(TIP).stream().filter(damage.orElseThrow().lost()::contains).toList());
    assertEquals(files(verified), files(repair()));

    assertEquals(left, history.assertClean(chain));
    assertEquals(TIP + 1, chain.manifest().next(), "numbers are never used again");
    assertEquals(List.of(), repair(), "nothing is left to repair");
    if (damaged != null) {
      assertArrayEquals(damaged, setAside(file.text()));
    }
    goOn(left);
    if (damaged != null) {
      assertArrayEquals(damaged, setAside(file.text()), "sweeps leave it alone");
    }
  }

  private static List<String> files(List<Finding> findings) {
    return findings.stream().map(Finding::file).distinct().sorted().toList();
  }

  private byte[] setAside(String file) throws IOException {
    MemoryDirectory damaged = disk.directory("vm").openDirectory("damaged");
    String repair = damaged.list().getFirst();
    try (StoreInput in = damaged.openDirectory(repair).open(file)) {
      byte[] bytes = new byte[Math.toIntExact(in.length())];
      in.read(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  /** The chain can be written, merged, packed and rebased as any other. */
  private void goOn(List<Long> left) throws IOException {
    List<Long> points = new ArrayList<>(left);
    for (int i = 0; i < 3; i++) {
      points.add(history.checkpoint(chain, PAGES));
    }
    assertEquals(points, history.assertClean(chain));
    History.merge(chain, 0, chain.manifest().layers().size());
    assertEquals(points, history.assertClean(chain));
    List<FileName> data = chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
    new Packer(chain).pack(data);
    new BaseMover(chain, Progress.NONE).move();
    chain.sweep();
    assertEquals(points, history.assertClean(chain));
  }

  /** One harm for each way that a repair takes. */
  static Stream<Arguments> differentHarms() {
    Set<String> chosen =
        Set.of(
            "page of data that some points see",
            "page of the base that only old points see",
            "index of a layer in the middle",
            "data file that is missing",
            "padding of data",
            "section of the tip",
            "several files");
    return harms().filter(harm -> chosen.contains((String) harm.get()[0]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("differentHarms")
  void aRepairThatFailsAnywhereCanBeRunAgain(String what, Harm harm, List<Long> left)
      throws IOException {
    harm.to(this, new Rot(disk, "vm"));
    Map<String, byte[]> rotten = disk.save("vm");
    for (Failure failure : Failure.values()) {
      boolean done = false;
      long n = 0;
      while (!done) {
        n++;
        disk = new MemoryStore(n);
        disk.load("vm", rotten);
        done =
            disk.survives(
                failure,
                n,
                store -> {
                  try (Chain dying = store.open("vm")) {
                    Repairer repairer = new Repairer(dying);
                    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
                  }
                });
        chain = disk.chain("vm");
        repair();
        assertEquals(left, history.assertClean(chain), failure + " at " + n);
      }
      assertTrue(n > 10, n + " calls");
    }
  }

  /** Any byte of any file: it is found and repaired, or it is harmless; nothing else. */
  @Test
  void anyFlippedBitIsFoundAndRepairedOrHarmless() throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    List<FileName> files = History.files(chain);
    int repaired = 0;
    for (int i = 0; i < 150; i++) {
      disk = new MemoryStore(i);
      disk.load("vm", saved);
      FileName file = files.get(random.nextInt(files.size()));
      long length = disk.read("vm", file.text()).length;
      long offset =
          random.nextBoolean() ? length - 1 - random.nextLong(3000) : random.nextLong(length);
      String what = "seed " + seed + ": byte " + offset + " of " + file;
      new Rot(disk, "vm").flip(new Rot.Place(file, Math.max(0, offset)));
      chain = disk.chain("vm");
      List<Finding> verified = History.findings(chain);
      try {
        List<Finding> found = repair();
        assertEquals(files(verified), files(found), what);
        repaired += found.isEmpty() ? 0 : 1;
        List<Long> left = history.assertClean(chain);
        assertTrue(!found.isEmpty() || left.equals(upTo(TIP)), what);
      } catch (CorruptFileException e) {
        assertEquals(FileKind.BASE, file.kind(), what);
        assertFalse(verified.isEmpty(), what);
      }
    }
    assertTrue(repaired > 50, repaired + " repaired");
  }

  @ParameterizedTest
  @EnumSource(names = {"PAGE", "INDEX", "FOOTER", "MISSING", "SECTION"})
  void whereNothingIsIntactNothingIsChanged(BaseHarm harm) throws IOException {
    Rot rot = new Rot(disk, "vm");
    FileEntry base = index(0);
    switch (harm) {
      case PAGE -> rot.flip(rot.page(base, 50, 0).orElseThrow());
      case INDEX -> rot.flip(rot.index(base));
      case FOOTER -> rot.flip(rot.footer(base));
      case MISSING -> rot.delete(base.name());
      case SECTION -> {
        rot.flip(rot.section(base, 0, "tick"));
        rot.flip(rot.section(index(4), 4, "same"));
      }
    }
    reopen();
    Map<String, byte[]> before = disk.save("vm");
    List<Finding> findings = new ArrayList<>();
    assertThrows(
        CorruptFileException.class, () -> new Repairer(chain).examine(findings::add), "nothing");
    assertFalse(findings.isEmpty(), "and all damage was told");
    assertSameFiles(before, disk.save("vm"));
    assertFalse(disk.directory("vm").exists("damaged"));
  }

  /** What may happen to a base image. */
  enum BaseHarm {
    PAGE,
    INDEX,
    FOOTER,
    MISSING,
    SECTION
  }

  private static void assertSameFiles(Map<String, byte[]> expected, Map<String, byte[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
  }

  @Test
  void aChainWithoutDamageIsLeftAsItIs() throws IOException {
    assertEquals(List.of(), repair());
    assertSameFiles(saved, disk.save("vm"));
  }

  @Test
  void aChainThatChangedSinceItWasExaminedIsNotRepaired() throws IOException {
    page(8, 3).to(this, new Rot(disk, "vm"));
    reopen();
    Repairer repairer = new Repairer(chain);
    Damage damage = repairer.examine(_ -> {}).orElseThrow();
    history.checkpoint(chain, PAGES);
    Map<String, byte[]> before = disk.save("vm");
    assertThrows(BusyException.class, () -> repairer.repair(damage));
    before.put("MERGE.lock", new byte[0]);
    assertSameFiles(before, disk.save("vm"));
    assertFalse(disk.directory("vm").exists("damaged"));
    repair();
    List<Long> left = without(3);
    left.add(TIP + 1);
    assertEquals(left, history.assertClean(chain));
  }

  /** A file may come back by a copy, and rot again. */
  @Test
  void aSecondRepairPutsFilesOfTheSameNamesAside() throws IOException {
    FileEntry top = index(9);
    Map<String, byte[]> sound = disk.save("vm");
    for (int repairs = 1; repairs <= 2; repairs++) {
      Rot rot = new Rot(disk, "vm");
      rot.flip(rot.page(top, 69, 9).orElseThrow());
      reopen();
      repair();
      assertEquals(upTo(8), history.assertClean(chain));
      MemoryDirectory damaged = disk.directory("vm").openDirectory("damaged");
      assertEquals(repairs, damaged.list().size());
      for (String repair : damaged.list()) {
        assertTrue(damaged.openDirectory(repair).exists(top.name().text()));
        assertTrue(damaged.openDirectory(repair).exists("MANIFEST"));
      }
      try (Store store = disk.open()) {
        MemoryStore elsewhere = new MemoryStore(17);
        elsewhere.load("vm", sound);
        try (Chain source = elsewhere.chain("vm");
            var snapshot = source.snapshot()) {
          store.copy(snapshot, "vm", Progress.NONE);
        }
      }
      assertEquals(upTo(TIP), history.assertClean(chain));
      top = index(9);
    }
  }

  @Test
  void pinsLabelsAndHoldsOfIntactPointsStay() throws IOException {
    for (long n : List.of(1L, 4L, 9L)) {
      chain.commit(
          List.of(
              new Edit.Pin(n, true),
              new Edit.Label(n, "l" + n),
              new Edit.TakeHold("h" + n, n, "somebody")),
          List.of());
    }
    Rot rot = new Rot(disk, "vm");
    section(4, "tick").to(this, rot);
    section(9, "tick").to(this, rot);
    reopen();
    repair();
    assertEquals(without(4, 9), history.assertClean(chain));
    var marks = chain.manifest().marks();
    assertEquals(List.of(1L), List.copyOf(marks.pins()));
    assertEquals(List.of("h1"), marks.holds().stream().map(h -> h.token()).toList());
    try (var snapshot = chain.snapshot()) {
      assertEquals("l1", snapshot.describe(snapshot.point(1)).label());
    }
    goOn(without(4, 9));
  }

  /** What was packed away may be intact where only the hold kept it. */
  @Test
  void whatAHoldKeptIsPutAsideWithTheHold() throws IOException {
    chain.commit(List.of(new Edit.TakeHold("t", 3, "somebody")), List.of());
    FileName held = written(3).name();
    byte[] intact = disk.read("vm", held.text());
    List<FileName> data = chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
    new Packer(chain).pack(data);
    assertTrue(chain.manifest().marks().dropped().stream().anyMatch(d -> d.name().equals(held)));
    page(63, 3).to(this, new Rot(disk, "vm"));
    reopen();
    repair();
    assertEquals(upTo(2), history.assertClean(chain));
    assertEquals(List.of(), chain.manifest().marks().holds());
    assertFalse(disk.directory("vm").exists(held.text()));
    assertArrayEquals(intact, setAside(held.text()));
  }

  @Test
  void whatAHoldThatStaysKeepsIsNotPutAside() throws IOException {
    chain.commit(List.of(new Edit.TakeHold("t", 1, "somebody")), List.of());
    FileName held = written(3).name();
    List<FileName> data = chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
    new Packer(chain).pack(data);
    page(63, 3).to(this, new Rot(disk, "vm"));
    reopen();
    repair();
    assertTrue(disk.directory("vm").exists(held.text()));
    MemoryDirectory damaged = disk.directory("vm").openDirectory("damaged");
    assertFalse(damaged.openDirectory(damaged.list().getFirst()).exists(held.text()));
    assertEquals(upTo(2), history.assertClean(chain));
  }

  /** No point is lost by it; whoever has the hold cannot be given that file. */
  @Test
  void whatOnlyAHoldNeedsIsPutAsideIfItIsDamaged() throws IOException {
    chain.commit(List.of(new Edit.TakeHold("t", 1, "somebody")), List.of());
    FileName held = written(3).name();
    Rot.Place place = new Rot(disk, "vm").page(index(3), 63, 3).orElseThrow();
    assertEquals(held, place.file());
    List<FileName> data = chain.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
    new Packer(chain).pack(data);
    new Rot(disk, "vm").flip(place);
    byte[] damaged = disk.read("vm", held.text());
    reopen();
    assertEquals(List.of(held.text()), files(repair()));
    assertEquals(upTo(TIP), history.assertClean(chain));
    assertEquals(List.of(), repair());
    assertFalse(disk.directory("vm").exists(held.text()));
    assertArrayEquals(damaged, setAside(held.text()));
    assertEquals(1, chain.manifest().marks().holds().size());
    goOn(upTo(TIP));
  }

  /** Nobody can publish another manifest between the look at the head and the links. */
  @Test
  void theManifestThatIsPutAsideIsTheExaminedOne() throws IOException {
    page(8, 3).to(this, new Rot(disk, "vm"));
    Chain other = disk.chain("vm");
    try (Store store =
            disk.open(
                (call, path) -> {
                  if (call == Call.MAKE_DIRECTORY && path.endsWith("/damaged")) {
                    assertThrows(
                        BusyException.class,
                        () -> other.commit(List.of(new Edit.Pin(5, true)), List.of()));
                  }
                });
        Chain repaired = store.open("vm")) {
      Repairer repairer = new Repairer(repaired);
      Damage damage = repairer.examine(_ -> {}).orElseThrow();
      byte[] examined = disk.read("vm", "MANIFEST");
      repairer.repair(damage);
      assertArrayEquals(examined, setAside("MANIFEST"));
    }
    assertEquals(without(3), history.assertClean(other));
  }

  /** A fork shares the damaged file, and is repaired by itself. */
  @Test
  void aCappedChainIsRepaired() throws IOException {
    try (Store store = disk.open()) {
      store.fork(chain, 4, "fork");
    }
    Rot rot = new Rot(disk, "fork");
    rot.flip(rot.page(index(3), 8, 3).orElseThrow());
    Chain fork = disk.chain("fork");
    Repairer repairer = new Repairer(fork);
    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
    assertEquals(List.of(0L, 1L, 2L, 4L), history.assertClean(fork));
    assertEquals(upTo(TIP), history.assertClean(chain));
  }

  /** What a layer says below the base is not asked any more. */
  @Test
  void whatTheBaseHidesIsNoLoss() throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(0, 2)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
    new BaseMover(chain, Progress.NONE).move();
    assertEquals(without(0, 1, 2), history.assertClean(chain));
    Rot rot = new Rot(disk, "vm");
    rot.flip(rot.page(index(4), 62, 2).orElseThrow());
    rot.flip(rot.section(index(4), 3, "tick"));
    reopen();
    assertEquals(2, files(repair()).size());
    assertEquals(without(0, 1, 2), history.assertClean(chain));
    goOn(without(0, 1, 2));
  }

  /** Damage to what the cap hides loses nothing. */
  @Test
  void whatACapHidesIsNoLoss() throws IOException {
    try (Store store = disk.open()) {
      store.fork(chain, 3, "fork");
    }
    Rot rot = new Rot(disk, "fork");
    rot.flip(rot.page(index(4), 64, 4).orElseThrow());
    Chain fork = disk.chain("fork");
    Repairer repairer = new Repairer(fork);
    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
    assertEquals(upTo(3), history.assertClean(fork));
  }
}
