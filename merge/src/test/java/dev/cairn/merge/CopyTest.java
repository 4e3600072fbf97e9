package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.MemoryStore.Failure;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.HookedDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A copy is the same chain in another store; an older one is brought forward, or left alone. */
class CopyTest {
  private static final long PAGES = 300;
  private static final int POINTS = 8;

  private final History history = new History(19);
  private final MemoryStore here;
  private final MemoryStore there;
  private final Chain source;

  CopyTest() throws IOException {
    here = new MemoryStore(23);
    there = new MemoryStore(29);
    try (Store store = here.open()) {
      source = store.create("vm", MemoryImage.PAGE);
    }
  }

  @BeforeEach
  void write() throws IOException {
    checkpoints(source, POINTS);
    History.merge(source, 1, 5);
  }

  private void checkpoints(Chain chain, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      history.checkpoint(chain, PAGES);
    }
  }

  private static List<Long> upTo(long n) {
    return LongStream.rangeClosed(0, n).boxed().toList();
  }

  private int copy(Store store) throws IOException {
    try (ChainSnapshot snapshot = source.snapshot()) {
      return store.copy(snapshot, "vm", Progress.NONE);
    }
  }

  private int copy() throws IOException {
    try (Store store = there.open()) {
      return copy(store);
    }
  }

  private void assertRefused() throws IOException {
    Map<String, byte[]> before = there.save("vm");
    assertThrows(BusyException.class, this::copy);
    assertSame(before, there.save("vm"));
  }

  private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> actual) {
    expected.remove("MERGE.lock");
    actual.remove("MERGE.lock");
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
  }

  private void forget(Chain chain, long from, long to) throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(from, to)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
  }

  /** The files of both are the same, and nothing else lies there. */
  private Chain assertCopied() throws IOException {
    Chain target = there.chain("vm");
    assertEquals(History.files(source), History.files(target));
    Map<String, byte[]> files = there.save("vm");
    files.keySet().removeIf(name -> FileName.parse(name).isEmpty() && !name.endsWith(".tmp"));
    assertEquals(
        History.files(target).stream().map(FileName::text).sorted().toList(),
        List.copyOf(new TreeMap<>(files).keySet()));
    for (FileName name : History.files(source)) {
      assertArrayEquals(here.read("vm", name.text()), files.get(name.text()), name.text());
    }
    assertEquals(history.assertClean(source), history.assertClean(target));
    return target;
  }

  @Test
  void aNewCopyIsTheSameChain() throws IOException {
    source.commit(List.of(new Edit.Label(2, "two"), new Edit.Pin(3, true)), List.of());
    forget(source, 4, 5);
    source.commit(List.of(new Edit.TakeHold("token", 6, "somebody")), List.of());
    assertEquals(source.manifest().files().size(), copy());
    Chain target = assertCopied();
    assertEquals(source.manifest().identity(), target.manifest().identity());
    assertEquals(List.of(0L, 1L, 2L, 3L, 6L, 7L), history.assertClean(target));
    try (ChainSnapshot snapshot = target.snapshot()) {
      assertEquals("two", snapshot.describe(snapshot.point(2)).label());
      assertTrue(snapshot.describe(snapshot.point(3)).pinned());
    }
    assertEquals(List.of(), target.manifest().marks().holds(), "a hold is the source's own");
  }

  @Test
  void aCopyKeepsHoles() throws IOException {
    there.disk().setCapacityBytes(1L << 40);
    long before = there.disk().usableBytes();
    copy();
    long taken = before - there.disk().usableBytes();
    long lengths = source.manifest().files().stream().mapToLong(FileEntry::length).sum();
    assertTrue(lengths > 1 << 20, "the base begins with a hole");
    assertTrue(taken < lengths / 2, taken + " bytes taken for " + lengths);
  }

  @Test
  void progressComesToItsEnd() throws IOException {
    List<Long> done = new ArrayList<>();
    List<Long> total = new ArrayList<>();
    try (Store store = there.open();
        ChainSnapshot snapshot = source.snapshot()) {
      store.copy(
          snapshot,
          "vm",
          (doneBytes, totalBytes) -> {
            done.add(doneBytes);
            total.add(totalBytes);
          });
    }
    assertEquals(1, total.stream().distinct().count());
    assertEquals(total.getLast(), done.getLast());
    assertEquals(done.stream().sorted().toList(), done);
  }

  @Test
  void aSecondCopyCopiesNothing() throws IOException {
    copy();
    assertEquals(0, copy());
    assertCopied();
  }

  /** What the target's manifest names may be damaged or lost: then it is not there. */
  @Test
  void whatIsThereIsLookedAt() throws IOException {
    copy();
    checkpoints(source, 1);
    List<FileEntry> layers = source.manifest().layers();
    FileEntry data = source.manifest().files(Role.DATA).getFirst();
    Rot rot = new Rot(there, "vm");
    rot.flip(rot.index(layers.getFirst()));
    rot.flip(rot.footer(layers.get(1)));
    rot.delete(layers.get(2).name());
    rot.delete(data.name());
    assertEquals(5, copy());
    assertCopied();
  }

  @Test
  void linesOfALaterVersionAreCarriedAlong() throws IOException {
    List<String> lines = List.of("x-colour blue", "x-later 1 2 3");
    put(here, source.manifest().withOptional(lines));
    checkpoints(source, 1);
    forget(source, 2, 3);
    History.merge(source, 0, 2);
    copy();
    checkpoints(source, 1);
    copy();
    assertEquals(lines, source.manifest().optional());
    assertEquals(lines, assertCopied().manifest().optional());
    try (Store store = here.open()) {
      store.fork(source, 4, "fork");
    }
    assertEquals(List.of(), here.chain("fork").manifest().optional(), "another chain");
  }

  private static void put(MemoryStore disk, Manifest manifest) throws IOException {
    disk.directory("vm").delete("MANIFEST");
    try (StoreOutput out = disk.directory("vm").create("MANIFEST")) {
      out.write(0, MemorySegment.ofArray(ManifestCodec.encode(manifest)));
    }
  }

  @Test
  void anEmptyChainIsCopiedAndBroughtForward() throws IOException {
    try (Store store = here.open();
        Store other = there.open();
        Chain empty = store.create("empty", MemoryImage.PAGE)) {
      try (ChainSnapshot snapshot = empty.snapshot()) {
        assertEquals(0, other.copy(snapshot, "empty", Progress.NONE));
      }
      History its = new History(1);
      its.checkpoint(empty, PAGES);
      try (ChainSnapshot snapshot = empty.snapshot()) {
        assertEquals(1, other.copy(snapshot, "empty", Progress.NONE));
      }
      assertEquals(List.of(0L), its.assertClean(other.open("empty")));
    }
  }

  @Test
  void aCopyIsBroughtForwardByTheFilesThatItLacks() throws IOException {
    copy();
    checkpoints(source, 3);
    assertEquals(3, copy());
    assertCopied();

    History.merge(source, 0, 4);
    assertEquals(1, copy(), "a merge moves no page data");
    assertCopied();

    forget(source, 1, 6);
    source.commit(List.of(new Edit.Label(7, "seven"), new Edit.Pin(9, true)), List.of());
    assertEquals(0, copy());
    assertEquals(List.of(0L, 7L, 8L, 9L, 10L), history.assertClean(assertCopied()));

    List<FileName> data = source.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
    new Packer(source).pack(data);
    assertTrue(copy() > 0);
    assertCopied();

    forget(source, 0, 0);
    new BaseMover(source, Progress.NONE).move();
    assertEquals(1, copy());
    Chain target = assertCopied();
    assertEquals(List.of(7L, 8L, 9L, 10L), history.assertClean(target));
    assertEquals(List.of(9L), List.copyOf(target.manifest().marks().pins()));
    try (ChainSnapshot snapshot = target.snapshot()) {
      assertEquals("seven", snapshot.describe(snapshot.point(7)).label());
    }
  }

  @Test
  void whatTheTargetMergedItselfIsReplaced() throws IOException {
    copy();
    Chain target = there.chain("vm");
    History.merge(target, 0, target.manifest().layers().size());
    forget(target, 1, 2);
    checkpoints(source, 1);
    copy();
    assertEquals(upTo(POINTS), history.assertClean(assertCopied()));
  }

  @Test
  void aTargetThatDivergedIsRefused() throws IOException {
    copy();
    history.upTo(POINTS - 1).checkpoint(there.chain("vm"), PAGES);
    assertRefused();
    checkpoints(source, 2);
    assertRefused();
  }

  @Test
  void aTargetWhoseTipTheSourceForgotIsRefused() throws IOException {
    copy();
    checkpoints(source, 1);
    forget(source, POINTS - 1, POINTS - 1);
    assertRefused();
  }

  @Test
  void aTargetWithAPinThatTheSourceForgotIsRefused() throws IOException {
    copy();
    there.chain("vm").commit(List.of(new Edit.Pin(3, true)), List.of());
    forget(source, 3, 3);
    assertRefused();
    there.chain("vm").commit(List.of(new Edit.Pin(3, false)), List.of());
    copy();
    assertCopied();
  }

  @Test
  void aTargetWithAHoldThatTheSourceForgotIsRefused() throws IOException {
    copy();
    there.chain("vm").commit(List.of(new Edit.TakeHold("t", 3, "somebody")), List.of());
    forget(source, 3, 3);
    assertRefused();
  }

  @Test
  void pinsAndHoldsOfTheTargetStay() throws IOException {
    copy();
    there
        .chain("vm")
        .commit(List.of(new Edit.Pin(3, true), new Edit.TakeHold("t", 2, "somebody")), List.of());
    List<FileName> held = History.files(there.chain("vm"));
    checkpoints(source, 2);
    History.merge(source, 0, source.manifest().layers().size());
    copy();
    Chain target = there.chain("vm");
    assertEquals(List.of(3L), List.copyOf(target.manifest().marks().pins()));
    assertEquals("t", target.manifest().marks().holds().getFirst().token());
    for (FileName file : held) {
      assertTrue(there.directory("vm").exists(file.text()), file + " is held");
    }
    target.commit(List.of(new Edit.ReleaseHold("t")), List.of());
    assertCopied();
  }

  /** What a hold alone kept comes back into use, and is still held afterwards. */
  @Test
  void aFileThatTheTargetDroppedComesBack() throws IOException {
    copy();
    Chain target = there.chain("vm");
    target.commit(List.of(new Edit.TakeHold("t", 2, "somebody")), List.of());
    List<FileName> held = History.files(target);
    forget(target, 3, 5);
    History.merge(target, 0, target.manifest().layers().size());
    assertEquals(1, target.manifest().marks().dropped().size());
    assertEquals(0, copy(), "all of it is still there");
    assertEquals(upTo(POINTS - 1), history.assertClean(there.chain("vm")));

    History.merge(source, 0, source.manifest().layers().size());
    new Packer(source)
        .pack(source.manifest().files(Role.DATA).stream().map(FileEntry::name).toList());
    copy();
    for (FileName file : held) {
      assertTrue(there.directory("vm").exists(file.text()), file + " is held");
    }
    assertEquals(upTo(POINTS - 1), history.assertClean(there.chain("vm")));
  }

  @Test
  void anotherChainOfThatNameIsRefused() throws IOException {
    try (Store store = there.open();
        Chain other = store.create("vm", MemoryImage.PAGE)) {
      assertEquals(0, other.manifest().next());
    }
    assertRefused();
  }

  @Test
  void numbersThatATargetUsedAreNotUsedAgain() throws IOException {
    copy();
    Chain target = there.chain("vm");
    History diverged = history.upTo(POINTS - 1);
    diverged.checkpoint(target, PAGES);
    diverged.checkpoint(target, PAGES);
    new Rot(there, "vm").delete(target.manifest().layers().get(4).name());
    Repairer repairer = new Repairer(target);
    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
    assertEquals(upTo(POINTS - 1), diverged.assertClean(target));
    checkpoints(source, 1);
    copy();
    assertCopied();
    assertEquals(POINTS + 3, target.manifest().next());
  }

  /** A target that was repaired gets its lost points back. */
  @Test
  void aCopyHealsATargetThatWasRepaired() throws IOException {
    copy();
    Rot rot = new Rot(there, "vm");
    rot.flip(rot.index(source.manifest().layers().getLast()));
    Chain target = there.chain("vm");
    Repairer repairer = new Repairer(target);
    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
    assertEquals(upTo(POINTS - 2), history.assertClean(target));
    copy();
    assertCopied();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDamagedSourceIsNotCopied(boolean forward) throws IOException {
    List<Long> before = new ArrayList<>();
    if (forward) {
      copy();
      before.addAll(upTo(POINTS - 1));
    }
    checkpoints(source, 3);
    FileEntry newest = source.manifest().layers().getLast();
    FileEntry second = source.manifest().layers().get(source.manifest().layers().size() - 2);
    Rot rot = new Rot(here, "vm");
    Map<String, byte[]> sound = here.save("vm");
    List<Rot.Place> places =
        List.of(
            rot.padding(newest, newest.through()),
            rot.section(second, second.through(), "tick"),
            rot.index(second));
    Map<String, byte[]> target = forward ? there.save("vm") : Map.of();
    for (Rot.Place place : places) {
      rot.flip(place);
      assertThrows(CorruptFileException.class, this::copy);
      try (Store store = there.open()) {
        assertEquals(forward ? List.of("vm") : List.of(), store.chainNames());
      }
      assertEquals(List.of(), there.stages());
      if (forward) {
        assertSame(target, there.save("vm"));
        assertEquals(before, history.assertClean(there.chain("vm")));
      }
      rot.flip(place);
    }
    assertSame(sound, here.save("vm"));
    copy();
    assertCopied();
  }

  @Test
  void aSourceThatLacksADataFileIsNotCopied() throws IOException {
    FileEntry data = source.manifest().files(Role.DATA).getFirst();
    new Rot(here, "vm").delete(data.name());
    assertThrows(CorruptFileException.class, this::copy);
    assertEquals(List.of(), there.stages());
  }

  @Test
  void twoWhoCopyAtOnceDoNotHarmEachOther() throws IOException {
    copy();
    checkpoints(source, 2);
    boolean[] done = {false};
    try (Store store =
        there.open(
            (call, path) -> {
              if (call == HookedDirectory.Call.WRITE && !done[0]) {
                done[0] = true;
                assertThrows(BusyException.class, this::copy);
              }
            })) {
      assertEquals(2, copy(store));
    }
    assertTrue(done[0]);
    assertCopied();
  }

  @ParameterizedTest
  @EnumSource
  void aCopyThatFailsAnywhereCanBeRunAgain(Failure failure) throws IOException {
    copy();
    Map<String, byte[]> older = there.save("vm");
    checkpoints(source, 3);
    History.merge(source, 2, 5);
    for (boolean forward : new boolean[] {false, true}) {
      boolean done = false;
      long n = 0;
      while (!done) {
        n++;
        MemoryStore target = new MemoryStore(n);
        if (forward) {
          target.load("vm", older);
        }
        done = target.survives(failure, n, this::copy);
        try (Store store = target.open()) {
          if (store.chainNames().contains("vm")) {
            try (Chain copy = store.open("vm")) {
              List<Long> points = history.assertClean(copy);
              assertTrue(
                  points.equals(upTo(POINTS + 2)) || (forward && points.equals(upTo(POINTS - 1))),
                  failure + " at " + n + ": " + points);
            }
          }
          copy(store);
          try (Chain copy = store.open("vm")) {
            assertEquals(upTo(POINTS + 2), history.assertClean(copy));
            assertEquals(History.files(source), History.files(copy));
            assertEquals(
                History.files(copy).stream().map(FileName::text).sorted().toList(),
                copy.directory().list().stream()
                    .filter(name -> name.endsWith(".tmp") || FileName.parse(name).isPresent())
                    .toList());
          }
        }
      }
      assertTrue(n > 10, n + " calls");
    }
  }

  /** The source may be written, merged and packed meanwhile: its snapshot is what is copied. */
  @Test
  void aSourceThatChangesMeanwhileIsCopiedAsItWas() throws IOException {
    boolean[] done = {false};
    try (Store store =
        there.open(
            (call, path) -> {
              if (call == HookedDirectory.Call.WRITE && !done[0]) {
                done[0] = true;
                checkpoints(source, 1);
                History.merge(source, 0, source.manifest().layers().size());
                new Packer(source)
                    .pack(
                        source.manifest().files(Role.DATA).stream().map(FileEntry::name).toList());
              }
            })) {
      copy(store);
    }
    assertTrue(done[0]);
    assertEquals(upTo(POINTS - 1), history.assertClean(there.chain("vm")));
  }

  @Test
  void aTargetThatIsWrittenMeanwhileIsRefused() throws IOException {
    copy();
    checkpoints(source, 1);
    boolean[] done = {false};
    try (Store store =
        there.open(
            (call, path) -> {
              if (call == HookedDirectory.Call.WRITE && !done[0]) {
                done[0] = true;
                history.upTo(POINTS - 1).checkpoint(there.chain("vm"), PAGES);
              }
            })) {
      assertThrows(BusyException.class, () -> copy(store));
    }
    assertTrue(done[0]);
    Chain target = there.chain("vm");
    assertEquals(List.of(), History.findings(target));
    assertEquals(POINTS + 1, target.manifest().next());
    assertEquals(
        List.of(), there.directory("vm").list().stream().filter(f -> f.endsWith(".tmp")).toList());
  }
}
