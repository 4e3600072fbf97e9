package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.PointSet;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the base moves, and when it has no reason to. */
class BaseMoveTest {
  private static final int PAGES = 100;

  private static void forget(Chain chain, long from, long to) throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(from, to)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
  }

  /** A layer that reaches below the base has versions there that the base has swallowed. */
  @Test
  void theBaseStaysWhileFewOfItsPagesWereWrittenSinceItMoved() throws IOException {
    MemoryStore disk = new MemoryStore(5);
    History history = new History(5);
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
