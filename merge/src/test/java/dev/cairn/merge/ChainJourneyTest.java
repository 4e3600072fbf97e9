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
import dev.cairn.chain.Finding;
import dev.cairn.chain.PointView;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.MemoryDirectory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
  private static final int PAGE = 512;

  private final Random random = new Random(7);
  private final List<MemoryImage> history = new ArrayList<>();
  private Chain chain;

  @BeforeEach
  void makeChain() throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new Random(42), Duration.ofMillis(100));
    chain =
        Chain.create(
            "vm",
            MemoryDirectory.create(),
            environment,
            Manifest.empty(Id.random(environment.random()), PAGE));
  }

  private MemoryImage next(long pages) {
    MemoryImage image =
        history.isEmpty()
            ? new MemoryImage(new RamLayout(PAGE, List.of(new RamBlock("ram", pages * PAGE))))
            : history.getLast().resized(pages);
    for (int i = 0; i < 20; i++) {
      long page = random.nextLong(pages);
      image.fill(page, random.nextInt(4) == 0 ? (byte) 0 : (byte) random.nextInt());
    }
    image.state =
        new DeviceState(
            List.of(
                new DeviceSection("same", 1, new byte[5000]),
                new DeviceSection("tick", 1, new byte[] {(byte) history.size()})));
    history.add(image);
    return image;
  }

  private void checkpoint(Checkpointer.Options options, long pages) throws IOException {
    new Checkpointer(chain).checkpoint(next(pages), options, Progress.NONE);
  }

  private void checkPoints() throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      for (long n : snapshot.points().keySet()) {
        PointView view = snapshot.view(n);
        MemoryImage expected = history.get((int) n);
        assertEquals(expected.layout(), view.layout());
        assertEquals(expected.state, view.deviceState(), "device state of " + n);
        expected.assertSame(view, "point " + n);
      }
    }
  }

  private void merge(int from, int to) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<FileEntry> run = snapshot.manifest().layers().subList(from, to);
      new LayerMerger(chain).merge(snapshot, run);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyRetainedPointStaysExactThroughMergesAndForgetting(FrameCodec codec) throws IOException {
    var options = new Checkpointer.Options("", false, codec, 2);
    for (int i = 0; i < 12; i++) {
      checkpoint(options, i < 6 ? 5000 : i < 9 ? 4500 : 9000);
      checkPoints();
    }
    merge(2, 6);
    checkPoints();
    chain.commit(
        List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(1, 3))))), List.of());
    checkPoints();
    merge(0, 4);
    checkPoints();
    merge(0, chain.manifest().layers().size());
    checkPoints();
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
      checkpoint(options, i % 20 < 10 ? 200 : 150);
      if (i > 8) {
        RetentionPolicy keepEight =
            new RetentionPolicy(RetentionRules.keepLast(8), java.time.ZoneOffset.UTC);
        chain.commit(List.of(new Edit.Retain(keepEight)), List.of());
      }
      Merger.Report report = new Merger(chain, eager()).run();
      packed += report.packed();
      moved += report.basesMoved();
      checkPoints();
      List<Finding> findings = new ArrayList<>();
      new Verifier(chain, findings::add, 1, new Random(1)).run();
      assertEquals(List.of(), findings);
    }
    assertTrue(packed > 10, packed + " files packed");
    assertTrue(moved >= 1, moved + " bases moved");
    assertTrue(chain.manifest().base().orElseThrow().through() > 10);
    new Merger(chain, eager()).compact();
    checkPoints();
    List<String> names = new ArrayList<>(List.of("LOCK", "MANIFEST", "MERGE.lock"));
    chain.manifest().files().forEach(file -> names.add(file.name().text()));
    assertEquals(names.stream().sorted().toList(), chain.directory().list());
  }

  @Test
  void aCheckpointIsWrittenWhileTheFilesItKnowsArePacked() throws IOException {
    for (int i = 0; i < 12; i++) {
      checkpoint(Checkpointer.Options.DEFAULT, 300);
    }
    merge(0, 9);
    try (ChainSnapshot before = chain.snapshot()) {
      List<FileName> data =
          before.manifest().files(FileEntry.Role.DATA).stream().map(FileEntry::name).toList();
      assertEquals(9, new Packer(chain).pack(data).files());
      for (long n : before.points().keySet()) {
        history.get((int) n).assertSame(before.view(n), "point " + n + " of the old snapshot");
      }
    }
    checkpoint(Checkpointer.Options.DEFAULT, 300);
    checkPoints();
  }

  @Test
  void anAppendDuringAMergeIsKept() throws IOException {
    for (int i = 0; i < 5; i++) {
      checkpoint(Checkpointer.Options.DEFAULT, 5000);
    }
    try (ChainSnapshot snapshot = chain.snapshot()) {
      checkpoint(Checkpointer.Options.DEFAULT, 5000);
      new LayerMerger(chain).merge(snapshot, snapshot.manifest().layers());
    }
    assertEquals(2, chain.manifest().layers().size());
    checkPoints();
  }

  @Test
  void aReaderThatOpenedBeforeAMergeGoesOnReading() throws IOException {
    for (int i = 0; i < 5; i++) {
      checkpoint(Checkpointer.Options.DEFAULT, 5000);
    }
    try (ChainSnapshot before = chain.snapshot()) {
      merge(0, 4);
      history.get(2).assertSame(before.view(2), "point 2 of the old snapshot");
    }
  }

  @Test
  void nothingIsLeftOverAfterMerges() throws IOException {
    for (int i = 0; i < 5; i++) {
      checkpoint(Checkpointer.Options.DEFAULT, 5000);
    }
    merge(0, 4);
    List<String> names = new ArrayList<>(List.of("LOCK", "MANIFEST"));
    chain.manifest().files().forEach(file -> names.add(file.name().text()));
    assertEquals(names.stream().sorted().toList(), chain.directory().list());
  }

  @Test
  void theNextCommitSweepsWhatACrashLeft() throws IOException {
    checkpoint(Checkpointer.Options.DEFAULT, 5000);
    String unnamed = "000000000001-000000000001-00000000000000aa.layer";
    chain.directory().create(unnamed).close();
    String beyond = "000000000009-000000000009-00000000000000ad.layer";
    chain.directory().create(beyond).close();
    chain.directory().create("00000000000000ab.tmp").close();
    try (var living = chain.directory().create("00000000000000ac.tmp")) {
      checkpoint(Checkpointer.Options.DEFAULT, 5000);
      assertTrue(chain.directory().exists("00000000000000ac.tmp"), "a living writer's file stays");
      living.sync();
    }
    assertFalse(chain.directory().exists(unnamed));
    assertTrue(chain.directory().exists(beyond), "a rolled-back manifest deletes nothing newer");
    assertFalse(chain.directory().exists("00000000000000ab.tmp"));
    checkPoints();
  }

  /** A whole image in memory. */
  static final class MemoryImage implements dev.cairn.chain.PageImage {
    private final RamLayout layout;
    private final MemorySegment bytes;
    private DeviceState state = DeviceState.NONE;

    MemoryImage(RamLayout layout) {
      this.layout = layout;
      this.bytes = Arena.ofAuto().allocate(layout.totalBytes(), 64);
    }

    MemoryImage resized(long pages) {
      MemoryImage copy =
          new MemoryImage(new RamLayout(PAGE, List.of(new RamBlock("ram", pages * PAGE))));
      long common = Math.min(bytes.byteSize(), copy.bytes.byteSize());
      MemorySegment.copy(bytes, 0, copy.bytes, 0, common);
      return copy;
    }

    void fill(long page, byte value) {
      bytes.asSlice(page * PAGE, PAGE).fill(value);
      if (value != 0) {
        bytes.set(ValueLayout.JAVA_LONG, page * PAGE, page);
      }
    }

    void assertSame(PointView view, String what) throws IOException {
      MemorySegment read = Arena.ofAuto().allocate(bytes.byteSize(), 64);
      view.read(0, 0, read);
      long at = bytes.mismatch(read);
      assertEquals(-1, at, () -> what + " differs in page " + at / PAGE);
    }

    @Override
    public RamLayout layout() {
      return layout;
    }

    @Override
    public DeviceState deviceState() {
      return state;
    }

    @Override
    public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
      for (long page = from; page < to; page++) {
        if (bytes.asSlice(page * PAGE, PAGE).get(ValueLayout.JAVA_BYTE, 100) != 0) {
          visitor.run(page, 1);
        }
      }
    }

    @Override
    public void read(int block, long page, MemorySegment into) {
      MemorySegment.copy(bytes, page * PAGE, into, 0, into.byteSize());
    }

    @Override
    public void close() {}
  }
}
