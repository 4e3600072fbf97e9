package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.merge.MemoryStore.Failure;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.HookedDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Copying from or to damaged chains, beside others who work on them, and where it fails. */
class CopyFailureTest {
  private static final long PAGES = CopyPair.PAGES;
  private static final int POINTS = CopyPair.POINTS;

  private final CopyPair pair = new CopyPair();
  private final History history = pair.history;
  private final MemoryStore here = pair.here;
  private final MemoryStore there = pair.there;
  private final Chain source = pair.source;

  CopyFailureTest() throws IOException {}

  @Test
  void numbersThatATargetUsedAreNotUsedAgain() throws IOException {
    pair.copy();
    Chain target = there.chain("vm");
    History diverged = history.upTo(POINTS - 1);
    diverged.checkpoint(target, PAGES);
    diverged.checkpoint(target, PAGES);
    new Rot(there, "vm").delete(target.manifest().layers().get(4).name());
    Repairer repairer = new Repairer(target);
    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
    assertEquals(CopyPair.upTo(POINTS - 1), diverged.assertClean(target));
    pair.checkpoints(source, 1);
    pair.copy();
    pair.assertCopied();
    assertEquals(POINTS + 3, target.manifest().next());
  }

  /** A target that was repaired gets its lost points back. */
  @Test
  void aCopyHealsATargetThatWasRepaired() throws IOException {
    pair.copy();
    Rot rot = new Rot(there, "vm");
    rot.flip(rot.index(source.manifest().layers().getLast()));
    Chain target = there.chain("vm");
    Repairer repairer = new Repairer(target);
    repairer.repair(repairer.examine(_ -> {}).orElseThrow());
    assertEquals(CopyPair.upTo(POINTS - 2), history.assertClean(target));
    pair.copy();
    pair.assertCopied();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDamagedSourceIsNotCopied(boolean forward) throws IOException {
    List<Long> before = new ArrayList<>();
    if (forward) {
      pair.copy();
      before.addAll(CopyPair.upTo(POINTS - 1));
    }
    pair.checkpoints(source, 3);
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
      assertThrows(CorruptFileException.class, pair::copy);
      try (Store store = there.open()) {
        assertEquals(forward ? List.of("vm") : List.of(), store.chainNames());
      }
      assertEquals(List.of(), there.stages());
      if (forward) {
        CopyPair.assertSame(target, there.save("vm"));
        assertEquals(before, history.assertClean(there.chain("vm")));
      }
      rot.flip(place);
    }
    CopyPair.assertSame(sound, here.save("vm"));
    pair.copy();
    pair.assertCopied();
  }

  @Test
  void aSourceThatLacksADataFileIsNotCopied() throws IOException {
    FileEntry data = source.manifest().files(Role.DATA).getFirst();
    new Rot(here, "vm").delete(data.name());
    assertThrows(CorruptFileException.class, pair::copy);
    assertEquals(List.of(), there.stages());
  }

  @Test
  void twoWhoCopyAtOnceDoNotHarmEachOther() throws IOException {
    pair.copy();
    pair.checkpoints(source, 2);
    boolean[] done = {false};
    try (Store store =
        there.open(
            (call, path) -> {
              if (call == HookedDirectory.Call.WRITE && !done[0]) {
                done[0] = true;
                assertThrows(BusyException.class, pair::copy);
              }
            })) {
      assertEquals(2, pair.copy(store));
    }
    assertTrue(done[0]);
    pair.assertCopied();
  }

  @ParameterizedTest
  @EnumSource
  void aCopyThatFailsAnywhereCanBeRunAgain(Failure failure) throws IOException {
    pair.copy();
    Map<String, byte[]> older = there.save("vm");
    pair.checkpoints(source, 3);
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
        done = target.survives(failure, n, pair::copy);
        try (Store store = target.open()) {
          if (store.chainNames().contains("vm")) {
            try (Chain copy = store.open("vm")) {
              List<Long> points = history.assertClean(copy);
              assertTrue(
                  points.equals(CopyPair.upTo(POINTS + 2))
                      || (forward && points.equals(CopyPair.upTo(POINTS - 1))),
                  failure + " at " + n + ": " + points);
            }
          }
          pair.copy(store);
          try (Chain copy = store.open("vm")) {
            assertEquals(CopyPair.upTo(POINTS + 2), history.assertClean(copy));
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
                pair.checkpoints(source, 1);
                History.merge(source, 0, source.manifest().layers().size());
                new Packer(source)
                    .pack(
                        source.manifest().files(Role.DATA).stream().map(FileEntry::name).toList());
              }
            })) {
      pair.copy(store);
    }
    assertTrue(done[0]);
    assertEquals(CopyPair.upTo(POINTS - 1), history.assertClean(there.chain("vm")));
  }

  @Test
  void aTargetThatIsWrittenMeanwhileIsRefused() throws IOException {
    pair.copy();
    pair.checkpoints(source, 1);
    boolean[] done = {false};
    try (Store store =
        there.open(
            (call, path) -> {
              if (call == HookedDirectory.Call.WRITE && !done[0]) {
                done[0] = true;
                history.upTo(POINTS - 1).checkpoint(there.chain("vm"), PAGES);
              }
            })) {
      assertThrows(BusyException.class, () -> pair.copy(store));
    }
    assertTrue(done[0]);
    Chain target = there.chain("vm");
    assertEquals(List.of(), History.findings(target));
    assertEquals(POINTS + 1, target.manifest().next());
    assertEquals(
        List.of(), there.directory("vm").list().stream().filter(f -> f.endsWith(".tmp")).toList());
  }
}
