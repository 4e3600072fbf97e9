package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The main journey in memory: checkpoints, merges, forgetting; every retained point stays exact.
 */
class ChainJourneyTest {
  private final History history = new History(7);
  private Chain chain;

  @BeforeEach
  void makeChain() throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new Random(42), Duration.ofMillis(100));
    try (Store store = Store.create(MemoryDirectory.create(), environment)) {
      chain = store.create("vm", MemoryImage.PAGE);
    }
  }

  private void checkpoint(long pages) throws IOException {
    history.checkpoint(chain, pages);
  }

  @ParameterizedTest
  @EnumSource
  void everyRetainedPointStaysExactThroughMergesAndForgetting(FrameCodec codec) throws IOException {
    var options = new Checkpointer.Options("", false, codec, 2);
    for (int i = 0; i < 12; i++) {
      history.checkpoint(chain, options, i < 6 ? 5000 : i < 9 ? 4500 : 9000);
      history.assertExact(chain);
    }
    History.merge(chain, 2, 6);
    history.assertExact(chain);
    chain.commit(
        List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(1, 3))))), List.of());
    history.assertExact(chain);
    History.merge(chain, 0, 4);
    history.assertExact(chain);
    History.merge(chain, 0, chain.manifest().layers().size());
    history.assertExact(chain);
    assertEquals(1, chain.manifest().layers().size());
    assertEquals(PointSet.EMPTY, chain.manifest().marks().forgotten());
    try (ChainSnapshot snapshot = chain.snapshot()) {
      assertThrows(NoSuchPointException.class, () -> snapshot.view(2));
      assertEquals(9, snapshot.points().size());
    }
  }

  private static Policies eager() {
    return new Policies(
        new BasePolicy(), new RewritePolicy(), MergePolicy.DEFAULT, new PackPolicy(4096, 4, 0, 2));
  }

  @ParameterizedTest
  @EnumSource
  void pointsStayExactWhileTheBaseMovesAndDataIsPacked(FrameCodec codec) throws IOException {
    var options = new Checkpointer.Options("", false, codec, 2);
    int packed = 0;
    int moved = 0;
    for (int i = 0; i < 36; i++) {
      history.checkpoint(chain, options, i % 20 < 10 ? 200 : 150);
      if (i > 8) {
        RetentionPolicy keepEight =
            new RetentionPolicy(RetentionRules.keepLast(8), java.time.ZoneOffset.UTC);
        chain.commit(List.of(new Edit.Retain(keepEight)), List.of());
      }
      Merger.Report report = new Merger(chain, eager()).run();
      packed += report.packed();
      moved += report.basesMoved();
      history.assertClean(chain);
    }
    assertTrue(packed > 10, packed + " files packed");
    assertTrue(moved >= 1, moved + " bases moved");
    assertTrue(chain.manifest().base().orElseThrow().through() > 10);
    new Merger(chain, eager()).compact();
    history.assertExact(chain);
    List<String> names =
        new ArrayList<>(List.of("LOCK", "MANIFEST", "MANIFEST.spare", "MERGE.lock"));
    chain.manifest().files().forEach(file -> names.add(file.name().text()));
    assertEquals(names.stream().sorted().toList(), chain.directory().list());
  }

  @Test
  void aCheckpointIsWrittenWhileTheFilesItKnowsArePacked() throws IOException {
    for (int i = 0; i < 12; i++) {
      checkpoint(300);
    }
    History.merge(chain, 0, 9);
    try (ChainSnapshot before = chain.snapshot()) {
      List<FileName> data =
          before.manifest().files(FileEntry.Role.DATA).stream().map(FileEntry::name).toList();
      assertEquals(9, new Packer(chain).pack(data).files());
      for (long n : before.points().keySet()) {
        history.image(n).assertSame(before.view(n), "point " + n + " of the old snapshot");
      }
    }
    checkpoint(300);
    history.assertExact(chain);
  }

  @Test
  void anAppendDuringAMergeIsKept() throws IOException {
    for (int i = 0; i < 5; i++) {
      checkpoint(5000);
    }
    try (ChainSnapshot snapshot = chain.snapshot()) {
      checkpoint(5000);
      new LayerMerger(chain).merge(snapshot, snapshot.manifest().layers());
    }
    assertEquals(2, chain.manifest().layers().size());
    history.assertExact(chain);
  }

  @Test
  void aReaderThatOpenedBeforeAMergeGoesOnReading() throws IOException {
    for (int i = 0; i < 5; i++) {
      checkpoint(5000);
    }
    try (ChainSnapshot before = chain.snapshot()) {
      History.merge(chain, 0, 4);
      history.image(2).assertSame(before.view(2), "point 2 of the old snapshot");
    }
  }

  @Test
  void nothingIsLeftOverAfterMerges() throws IOException {
    for (int i = 0; i < 5; i++) {
      checkpoint(5000);
    }
    History.merge(chain, 0, 4);
    List<String> names = new ArrayList<>(List.of("LOCK", "MANIFEST", "MANIFEST.spare"));
    chain.manifest().files().forEach(file -> names.add(file.name().text()));
    assertEquals(names.stream().sorted().toList(), chain.directory().list());
  }

  @Test
  void theNextCommitSweepsWhatACrashLeft() throws IOException {
    checkpoint(5000);
    String unnamed = "000000000001-000000000001-00000000000000aa.layer";
    chain.directory().create(unnamed).close();
    chain.directory().create("00000000000000ab.tmp").close();
    try (var living = chain.directory().create("00000000000000ac.tmp")) {
      checkpoint(5000);
      assertTrue(chain.directory().exists("00000000000000ac.tmp"), "a living writer's file stays");
      living.sync();
    }
    assertFalse(chain.directory().exists(unnamed));
    assertFalse(chain.directory().exists("00000000000000ab.tmp"));
    history.assertExact(chain);
  }
}
