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
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.io.HookedDirectory.Call;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When the base moves, and when it has no reason to. */
class BaseMoveTest {
  private static final int PAGES = 100;

  private final MemoryStore disk = new MemoryStore(7);
  private final History history = new History(7);

  BaseMoveTest() throws IOException {}

  private static void forget(Chain chain, long from, long to) throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(from, to)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
  }

  /** A layer that reaches below the base has versions there that the base has swallowed. */
  @Test
  void theBaseStaysWhileFewOfItsPagesWereWrittenSinceItMoved() throws IOException {
    try (Store store = disk.open();
        Chain chain = store.create("vm", MemoryImage.PAGE)) {
      history.checkpoint(chain, PAGES, image -> fill(image, 0, PAGES, 1));
      for (int n = 1; n <= 6; n++) {
        int from = (n - 1) * 10;
        int value = n + 1;
        history.checkpoint(chain, PAGES, image -> fill(image, from, from + 10, value));
      }
      for (int n = 7; n <= 20; n++) {
        int value = n + 1;
        history.checkpoint(chain, PAGES, image -> fill(image, 99, 100, value));
      }
      new Merger(chain, Policies.DEFAULT).compact();
      forget(chain, 0, 5);
      assertEquals(1, new Merger(chain, Policies.DEFAULT).run().basesMoved());
      assertEquals(6, chain.manifest().base().orElseThrow().through());
      assertEquals(1, chain.manifest().layers().getFirst().name().first(), "it reaches below");
      forget(chain, 6, 7);
      assertEquals(0, new Merger(chain, Policies.DEFAULT).run().basesMoved());
      history.assertClean(chain);
    }
  }

  /** What is done while the base is copied. */
  @FunctionalInterface
  private interface Work {
    void run(Chain chain) throws IOException;
  }

  /** Writes points 0..6 and moves the base to 3; something else is done at its first write. */
  private Chain moveTo3(List<Edit> before, Work meanwhile) throws IOException {
    Chain chain;
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
    for (int n = 0; n <= 6; n++) {
      history.checkpoint(chain, PAGES);
    }
    forget(chain, 0, 2);
    chain.commit(before, List.of());
    boolean[] done = {false};
    try (Store store =
            disk.open(
                (call, path) -> {
                  if (call == Call.WRITE && !done[0]) {
                    done[0] = true;
                    meanwhile.run(chain);
                  }
                });
        Chain moved = store.open("vm")) {
      new BaseMover(moved, Progress.NONE).move();
    }
    assertTrue(done[0]);
    assertEquals(3, chain.manifest().base().orElseThrow().through());
    return chain;
  }

  private static void mergeAll(Chain chain) throws IOException {
    History.merge(chain, 0, chain.manifest().layers().size());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPointThatIsForgottenMeanwhileStaysForgotten(boolean folded) throws IOException {
    Chain chain =
        moveTo3(
            List.of(),
            other -> {
              forget(other, 3, 3);
              if (folded) {
                mergeAll(other);
              }
            });
    assertEquals(List.of(4L, 5L, 6L), history.assertClean(chain));
    mergeAll(chain);
    assertEquals(List.of(4L, 5L, 6L), history.assertClean(chain));
  }

  @ParameterizedTest
  @CsvSource({
    "old, new, true",
    "old, new, false",
    "old, '', true",
    "old, '', false",
    "'', new, true",
    "'', new, false",
    "old, old, true"
  })
  void aLabelThatIsGivenMeanwhileStays(String old, String now, boolean folded) throws IOException {
    Chain chain =
        moveTo3(
            List.of(new Edit.Label(3, old)),
            other -> {
              other.commit(List.of(new Edit.Label(3, now)), List.of());
              if (folded) {
                mergeAll(other);
              }
            });
    assertEquals(List.of(3L, 4L, 5L, 6L), history.assertClean(chain));
    try (ChainSnapshot snapshot = chain.snapshot()) {
      assertEquals(now, snapshot.describe(snapshot.point(3)).label());
    }
    assertEquals(!old.equals(now), chain.manifest().marks().labels().containsKey(3L));
  }

  /** Versions of a layer that the base has moved into: the base says what they said. */
  private Chain straddled() throws IOException {
    Chain chain;
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
    for (int n = 0; n <= 6; n++) {
      int value = n + 1;
      int page = n == 2 ? 0 : n;
      history.checkpoint(chain, PAGES, image -> fill(image, page, page + 1, value));
    }
    mergeAll(chain);
    forget(chain, 0, 2);
    new BaseMover(chain, Progress.NONE).move();
    assertEquals(1, chain.manifest().layers().getFirst().name().first(), "it reaches below");
    assertEquals(List.of(3L, 4L, 5L, 6L), history.assertClean(chain));
    return chain;
  }

  @Test
  void whatALayerSaysBelowTheBaseIsNotNeeded() throws IOException {
    Chain chain = straddled();
    Rot rot = new Rot(disk, "vm");
    rot.flip(rot.page(chain.manifest().layers().getFirst(), 0, 2).orElseThrow());
    assertEquals(List.of(3L, 4L, 5L, 6L), history.assertExact(disk.chain("vm")));
  }

  @Test
  void whatTheBaseLostIsNotAnsweredByALayer() throws IOException {
    Chain chain = straddled();
    Rot rot = new Rot(disk, "vm");
    rot.flip(rot.page(chain.manifest().base().orElseThrow(), 0, 3).orElseThrow());
    Chain rotten = disk.chain("vm");
    assertThrows(CorruptFileException.class, () -> history.assertExact(rotten));
    assertThrows(CorruptFileException.class, () -> new Repairer(rotten).examine(_ -> {}));
  }

  /** A capped layer's versions above the cap do not exist: they unsee no page of the base. */
  @Test
  void versionsAboveACapDoNotMoveTheBase() throws IOException {
    Chain chain;
    try (Store store = disk.open()) {
      chain = store.create("vm", MemoryImage.PAGE);
      history.checkpoint(chain, PAGES, image -> fill(image, 0, PAGES, 1));
      history.checkpoint(chain, PAGES, image -> fill(image, 0, 1, 2));
      history.checkpoint(chain, PAGES, image -> fill(image, 0, PAGES, 3));
      mergeAll(chain);
      store.fork(chain, 1, "fork");
    }
    Chain fork = disk.chain("fork");
    History its = history.upTo(1);
    its.checkpoint(fork, PAGES, image -> fill(image, 1, 2, 4));
    its.checkpoint(fork, PAGES, image -> fill(image, 2, 3, 5));
    forget(fork, 0, 2);
    assertEquals(0, new Merger(fork, Policies.DEFAULT).run().basesMoved());
    its.assertClean(fork);
  }

  /** Counting reads the base's whole index: while nothing changes below a point, not again. */
  @Test
  void whatStaysIsCountedOnce() throws IOException {
    MemoryStore disk = new MemoryStore(5);
    History history = new History(5);
    BaseWatch watch = new BaseWatch(Policies.DEFAULT.base());
    try (Store store = disk.open();
        Chain chain = store.create("vm", MemoryImage.PAGE)) {
      history.checkpoint(chain, PAGES, image -> fill(image, 0, PAGES, 1));
      for (int n = 1; n <= 9; n++) {
        int value = n + 1;
        int from = n * 5;
        history.checkpoint(chain, PAGES, image -> fill(image, from, from + 20, value));
      }
      assertFalse(isDue(watch, chain));
      assertEquals(0, watch.counted(), "the base's point is retained");
      History.merge(chain, 0, 9);
      forget(chain, 0, 1);
      assertFalse(isDue(watch, chain));
      assertEquals(1, watch.counted(), "the layer as a whole has versions of more than half");
      history.checkpoint(chain, PAGES, image -> fill(image, 0, 1, 99));
      assertFalse(isDue(watch, chain));
      assertEquals(1, watch.counted(), "a checkpoint above changes nothing");
      forget(chain, 2, 2);
      assertFalse(isDue(watch, chain));
      assertEquals(2, watch.counted());
      forget(chain, 3, 8);
      assertTrue(isDue(watch, chain));
    }
  }

  private static boolean isDue(BaseWatch watch, Chain chain) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      return watch.isDue(snapshot);
    }
  }

  private static void fill(MemoryImage image, int from, int to, int value) {
    for (int page = from; page < to; page++) {
      image.fill(page, (byte) value);
    }
  }
}
