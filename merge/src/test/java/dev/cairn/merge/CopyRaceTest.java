package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.BusyException;
import dev.cairn.store.io.HookedDirectory.Call;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A copy that is brought forward gets points and an older base back. Whoever rewrites it, moves its
 * base or writes a checkpoint at that time began with fewer points, and is refused.
 */
class CopyRaceTest {
  private static final long PAGES = 300;

  private final History history = new History(41);
  private final MemoryStore here;
  private final MemoryStore there;
  private final Chain source;

  CopyRaceTest() throws IOException {
    here = new MemoryStore(43);
    there = new MemoryStore(47);
    try (Store store = here.open()) {
      source = store.create("vm", MemoryImage.PAGE);
    }
  }

  /** What somebody does at the target. */
  @FunctionalInterface
  private interface Work {
    void run(Chain target) throws IOException;
  }

  private void checkpoints(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      history.checkpoint(source, PAGES);
    }
  }

  private void copy() throws IOException {
    try (Store store = there.open();
        ChainSnapshot snapshot = source.snapshot()) {
      store.copy(snapshot, "vm", Progress.NONE);
    }
  }

  /** Does something at the target; a copy comes as soon as it writes page data or an index. */
  private void refusedIfCopiedMeanwhile(Work work) throws IOException {
    boolean[] done = {false};
    try (Store store =
            there.open(
                (call, path) -> {
                  if (call == Call.WRITE && !done[0]) {
                    done[0] = true;
                    copy();
                  }
                });
        Chain target = store.open("vm")) {
      assertThrows(BusyException.class, () -> work.run(target));
    }
    assertTrue(done[0]);
    Chain target = there.chain("vm");
    assertEquals(History.files(source), History.files(target));
    assertEquals(history.assertClean(source), history.assertClean(target));
  }

  private static void forget(Chain chain, long from, long to) throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(from, to)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  @Test
  void aRewriteDoesNotLoseAPointThatComesBack() throws IOException {
    checkpoints(4);
    copy();
    forget(there.chain("vm"), 1, 1);
    source.commit(List.of(new Edit.Pin(1, true)), List.of());
    checkpoints(1);
    refusedIfCopiedMeanwhile(target -> History.merge(target, 0, 3));
    assertEquals(range(0, 4), history.assertClean(there.chain("vm")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRewriteAboveAMovedBaseDoesNotMeetTheOldBase(boolean forgottenToo) throws IOException {
    checkpoints(9);
    History.merge(source, 0, 8);
    copy();
    Chain target = there.chain("vm");
    forget(target, 0, 4);
    new BaseMover(target, Progress.NONE).move();
    assertEquals(range(5, 8), history.assertClean(target));
    checkpoints(1);
    if (forgottenToo) {
      forget(source, 0, 5);
    }
    refusedIfCopiedMeanwhile(other -> History.merge(other, 0, 1));
  }

  @Test
  void aCheckpointOverABaseThatGoesBackIsRefused() throws IOException {
    history.checkpoint(source, PAGES, image -> image.fill(250, (byte) 1));
    history.checkpoint(source, 200, image -> image.fill(1, (byte) 2));
    history.checkpoint(source, 200, image -> image.fill(1, (byte) 3));
    copy();
    Chain target = there.chain("vm");
    forget(target, 0, 0);
    new BaseMover(target, Progress.NONE).move();
    assertEquals(1, target.manifest().base().orElseThrow().through());
    long next = target.manifest().next();
    assertEquals(next, source.manifest().next());
    History others = history.upTo(2);
    refusedIfCopiedMeanwhile(
        other -> others.checkpoint(other, PAGES, image -> image.fill(2, (byte) 4)));
    assertEquals(next + 1, target.manifest().next(), "its number is taken");
  }

  @Test
  void aBaseDoesNotMovePastPointsThatComeBack() throws IOException {
    checkpoints(9);
    copy();
    forget(there.chain("vm"), 0, 4);
    checkpoints(1);
    refusedIfCopiedMeanwhile(target -> new BaseMover(target, Progress.NONE).move());
    assertEquals(range(0, 9), history.assertClean(there.chain("vm")));
  }

  @Test
  void whatIsBeingMergedIsNotBroughtForward() throws IOException {
    checkpoints(4);
    copy();
    checkpoints(1);
    Chain target = there.chain("vm");
    Manifest before = target.manifest();
    try (StoreLock _ = target.lockMerge()) {
      assertThrows(BusyException.class, this::copy);
    }
    assertEquals(before, target.manifest());
    copy();
    assertEquals(range(0, 4), history.assertClean(target));
    assertEquals(source.manifest().next(), target.manifest().next());
  }

  @Test
  void aTargetThatIsTheSameAlreadyIsLeftAlone() throws IOException {
    checkpoints(4);
    copy();
    Chain target = there.chain("vm");
    target.commit(List.of(new Edit.TakeHold("t", 2, "somebody")), List.of());
    Manifest before = target.manifest();
    copy();
    assertEquals(before, target.manifest());
    source.commit(List.of(new Edit.Label(2, "two")), List.of());
    copy();
    assertFalse(target.manifest().marks().labels().isEmpty());
  }
}
