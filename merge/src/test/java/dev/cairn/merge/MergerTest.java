package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.PointSet;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a merger does, and that it does nothing when nothing is due. */
class MergerTest {
  private static final long PAGES = 300;

  private final History history = new History(5);
  private final Chain chain;

  MergerTest() throws IOException {
    try (Store store = new MemoryStore(5).open()) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
  }

  @BeforeEach
  void write() throws IOException {
    history.checkpoint(chain, PAGES, image -> fill(image, 0, 200));
    for (int i = 0; i < 8; i++) {
      int page = 10 * i;
      history.checkpoint(chain, PAGES, image -> fill(image, page, page + 5));
    }
  }

  private static void fill(MemoryImage image, int from, int to) {
    for (int page = from; page < to; page++) {
      image.fill(page, (byte) (to % 100 + 1));
    }
  }

  private void forget(long from, long to) throws IOException {
    PointSet points = PointSet.of(List.of(new PointSet.Range(from, to)));
    chain.commit(List.of(new Edit.Forget(points)), List.of());
  }

  private Merger.Report compact() throws IOException {
    return new Merger(chain, Policies.DEFAULT).compact();
  }

  /** The base's own point stays forgotten until the base moves; that is no layer's business. */
  @Test
  void compactingTwiceWritesOnce() throws IOException {
    forget(0, 7);
    assertEquals(8, compact().merged());
    assertEquals(0, chain.manifest().base().orElseThrow().through());
    assertTrue(chain.manifest().marks().forgotten().contains(0));
    Merger.Report second = compact();
    assertTrue(second.isEmpty(), second::toString);
    assertEquals(0, second.writtenBytes());
    assertEquals(List.of(8L), history.assertClean(chain));
  }

  @Test
  void compactingALayerThatListsForgottenPointsRewritesIt() throws IOException {
    compact();
    forget(3, 3);
    Merger.Report report = compact();
    assertEquals(1, report.rewritten());
    assertEquals(0, report.merged());
    assertTrue(compact().isEmpty());
    history.assertClean(chain);
  }

  /** A layer of four points and four of one; each point takes 176 bytes of POINTS. */
  @Test
  void whatListsTooManyPointsIsNotMergedInto() throws IOException {
    History.merge(chain, 0, 4);
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<FileEntry> layers = snapshot.manifest().layers();
      assertEquals(Optional.of(layers), new Due(snapshot, Policies.DEFAULT).merge());
      assertEquals(
          Optional.of(layers.subList(1, 5)), new Due(snapshot, Policies.DEFAULT, 800).merge());
      assertEquals(Optional.empty(), new Due(snapshot, Policies.DEFAULT, 300).merge());
      assertEquals(
          List.of(layers.subList(0, 1), layers.subList(1, 5)),
          new Due(snapshot, Policies.DEFAULT, 800).compact());
    }
  }

  @Test
  void countsFromFilesDoNotOverflow() {
    Due.Drawn most = new Due.Drawn(Long.MAX_VALUE, Long.MAX_VALUE);
    assertEquals(most, most.plus(new Due.Drawn(1, 1)));
    assertEquals(most, most.plus(most));
    assertEquals(new Due.Drawn(3, 5), new Due.Drawn(1, 2).plus(new Due.Drawn(2, 3)));
  }

  @Test
  void aMergerCanBeUsedAgain() throws IOException {
    Merger merger = new Merger(chain, Policies.DEFAULT);
    assertEquals(8, merger.run().merged());
    assertTrue(merger.run().isEmpty());
    for (int i = 0; i < 2; i++) {
      history.checkpoint(chain, PAGES);
    }
    assertEquals(3, merger.run().merged());
    history.assertClean(chain);
  }

  @Test
  void progressOfEachStepComesToItsEnd() throws IOException {
    long[] last = {0, 0, 0};
    Progress progress =
        (done, total) -> {
          assertTrue(done <= total, done + " of " + total);
          last[0] = done;
          last[1] = total;
          last[2]++;
        };
    forget(0, 7);
    new Merger(chain, Policies.DEFAULT, progress).run();
    assertTrue(last[2] > 1, "something was told");
    assertEquals(last[1], last[0]);
    assertFalse(chain.manifest().layers().size() > 1);
  }
}
