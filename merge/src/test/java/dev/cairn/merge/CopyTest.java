package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import dev.cairn.store.file.FileName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A copy is the same chain in another store; an older one is brought forward, or left alone. */
class CopyTest {
  private static final long PAGES = CopyPair.PAGES;
  private static final int POINTS = CopyPair.POINTS;

  private final CopyPair pair = new CopyPair();
  private final History history = pair.history;
  private final MemoryStore here = pair.here;
  private final MemoryStore there = pair.there;
  private final Chain source = pair.source;

  CopyTest() throws IOException {}

  @Test
  void aNewCopyIsTheSameChain() throws IOException {
    source.commit(List.of(new Edit.Label(2, "two"), new Edit.Pin(3, true)), List.of());
    pair.forget(source, 4, 5);
    source.commit(List.of(new Edit.TakeHold("token", 6, "somebody")), List.of());
    assertEquals(source.manifest().files().size(), pair.copy());
    Chain target = pair.assertCopied();
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
    pair.copy();
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
    pair.copy();
    assertEquals(0, pair.copy());
    pair.assertCopied();
  }

  /** What the target's manifest names may be damaged or lost: then it is not there. */
  @Test
  void whatIsThereIsLookedAt() throws IOException {
    pair.copy();
    pair.checkpoints(source, 1);
    List<FileEntry> layers = source.manifest().layers();
    FileEntry data = source.manifest().files(Role.DATA).getFirst();
    Rot rot = new Rot(there, "vm");
    rot.flip(rot.index(layers.getFirst()));
    rot.flip(rot.footer(layers.get(1)));
    rot.delete(layers.get(2).name());
    rot.delete(data.name());
    assertEquals(5, pair.copy());
    pair.assertCopied();
  }

  @Test
  void linesOfALaterVersionAreCarriedAlong() throws IOException {
    List<String> lines = List.of("x-colour blue", "x-later 1 2 3");
    put(here, source.manifest().withOptional(lines));
    pair.checkpoints(source, 1);
    pair.forget(source, 2, 3);
    History.merge(source, 0, 2);
    pair.copy();
    pair.checkpoints(source, 1);
    pair.copy();
    assertEquals(lines, source.manifest().optional());
    assertEquals(lines, pair.assertCopied().manifest().optional());
    try (Store store = here.open()) {
      store.fork(source, 4, "fork");
    }
    assertEquals(List.of(), here.chain("fork").manifest().optional(), "another chain");
  }

  private static void put(MemoryStore disk, Manifest manifest) throws IOException {
    disk.write("vm", "MANIFEST", ManifestCodec.encode(manifest));
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
    pair.copy();
    pair.checkpoints(source, 3);
    assertEquals(3, pair.copy());
    pair.assertCopied();

    History.merge(source, 0, 4);
    assertEquals(1, pair.copy(), "a merge moves no page data");
    pair.assertCopied();

    pair.forget(source, 1, 6);
    source.commit(List.of(new Edit.Label(7, "seven"), new Edit.Pin(9, true)), List.of());
    assertEquals(0, pair.copy());
    assertEquals(List.of(0L, 7L, 8L, 9L, 10L), history.assertClean(pair.assertCopied()));

    List<FileName> data = source.manifest().files(Role.DATA).stream().map(FileEntry::name).toList();
    new Packer(source).pack(data);
    assertTrue(pair.copy() > 0);
    pair.assertCopied();

    pair.forget(source, 0, 0);
    new BaseMover(source, Progress.NONE).move();
    assertEquals(1, pair.copy());
    Chain target = pair.assertCopied();
    assertEquals(List.of(7L, 8L, 9L, 10L), history.assertClean(target));
    assertEquals(List.of(9L), List.copyOf(target.manifest().marks().pins()));
    try (ChainSnapshot snapshot = target.snapshot()) {
      assertEquals("seven", snapshot.describe(snapshot.point(7)).label());
    }
  }

  @Test
  void whatTheTargetMergedItselfIsReplaced() throws IOException {
    pair.copy();
    Chain target = there.chain("vm");
    History.merge(target, 0, target.manifest().layers().size());
    pair.forget(target, 1, 2);
    pair.checkpoints(source, 1);
    pair.copy();
    assertEquals(CopyPair.upTo(POINTS), history.assertClean(pair.assertCopied()));
  }

  @Test
  void aTargetThatDivergedIsRefused() throws IOException {
    pair.copy();
    history.upTo(POINTS - 1).checkpoint(there.chain("vm"), PAGES);
    pair.assertRefused();
    pair.checkpoints(source, 2);
    pair.assertRefused();
  }

  @Test
  void aTargetWhoseTipTheSourceForgotIsRefused() throws IOException {
    pair.copy();
    pair.checkpoints(source, 1);
    pair.forget(source, POINTS - 1, POINTS - 1);
    pair.assertRefused();
  }

  @Test
  void aTargetWithAPinThatTheSourceForgotIsRefused() throws IOException {
    pair.copy();
    there.chain("vm").commit(List.of(new Edit.Pin(3, true)), List.of());
    pair.forget(source, 3, 3);
    pair.assertRefused();
    there.chain("vm").commit(List.of(new Edit.Pin(3, false)), List.of());
    pair.copy();
    pair.assertCopied();
  }

  @Test
  void aTargetWithAHoldThatTheSourceForgotIsRefused() throws IOException {
    pair.copy();
    there.chain("vm").commit(List.of(new Edit.TakeHold("t", 3, "somebody")), List.of());
    pair.forget(source, 3, 3);
    pair.assertRefused();
  }

  @Test
  void pinsAndHoldsOfTheTargetStay() throws IOException {
    pair.copy();
    there
        .chain("vm")
        .commit(List.of(new Edit.Pin(3, true), new Edit.TakeHold("t", 2, "somebody")), List.of());
    List<FileName> held = History.files(there.chain("vm"));
    pair.checkpoints(source, 2);
    History.merge(source, 0, source.manifest().layers().size());
    pair.copy();
    Chain target = there.chain("vm");
    assertEquals(List.of(3L), List.copyOf(target.manifest().marks().pins()));
    assertEquals("t", target.manifest().marks().holds().getFirst().token());
    for (FileName file : held) {
      assertTrue(there.directory("vm").exists(file.text()), file + " is held");
    }
    target.commit(List.of(new Edit.ReleaseHold("t")), List.of());
    pair.assertCopied();
  }

  /** What a hold alone kept comes back into use, and is still held afterwards. */
  @Test
  void aFileThatTheTargetDroppedComesBack() throws IOException {
    pair.copy();
    Chain target = there.chain("vm");
    target.commit(List.of(new Edit.TakeHold("t", 2, "somebody")), List.of());
    List<FileName> held = History.files(target);
    pair.forget(target, 3, 5);
    History.merge(target, 0, target.manifest().layers().size());
    assertEquals(1, target.manifest().marks().dropped().size());
    assertEquals(0, pair.copy(), "all of it is still there");
    assertEquals(CopyPair.upTo(POINTS - 1), history.assertClean(there.chain("vm")));

    History.merge(source, 0, source.manifest().layers().size());
    new Packer(source)
        .pack(source.manifest().files(Role.DATA).stream().map(FileEntry::name).toList());
    pair.copy();
    for (FileName file : held) {
      assertTrue(there.directory("vm").exists(file.text()), file + " is held");
    }
    assertEquals(CopyPair.upTo(POINTS - 1), history.assertClean(there.chain("vm")));
  }

  @Test
  void anotherChainOfThatNameIsRefused() throws IOException {
    try (Store store = there.open();
        Chain other = store.create("vm", MemoryImage.PAGE)) {
      assertEquals(0, other.manifest().next());
    }
    pair.assertRefused();
  }
}
