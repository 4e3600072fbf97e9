package dev.cairn.tests.kill;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.merge.BaseMover;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Packer;
import dev.cairn.merge.Policies;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.tests.MemorySink;
import dev.cairn.tests.NumberedImage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/**
 * What a victim does to the store. It says what may not be undone any more once that is
 * acknowledged, and what may be gone before it is undone. Not thread-safe.
 */
final class Deeds implements Closeable {
  /** So few versions and files that every policy has something to do after a few checkpoints. */
  private static final Policies POLICIES =
      new Policies(
          new BasePolicy(),
          new RewritePolicy(),
          new MergePolicy(2, OptionalLong.empty(), 1),
          new PackPolicy(4096, 4, 0, 2));

  private static final FrameCodec[] CODECS = {FrameCodec.PLAIN, FrameCodec.LZ4, FrameCodec.ZSTD};

  private final Store store;
  private final Chain chain;
  private final Litter litter;
  private final Random random;
  private final PointWatch watch;

  Deeds(Store store, Path path, Random random, PointWatch watch) throws IOException {
    this.store = store;
    this.chain = store.open(StoreCheck.CHAIN);
    this.litter = new Litter(path, random);
    this.random = random;
    this.watch = watch;
  }

  /** Does a thing, and stops at a point in it, if it gets there. */
  void perform(Task task, Optional<KillPoint> point) throws IOException {
    prepare(task, point);
    watch.begin(point);
    try {
      perform(task);
    } finally {
      watch.begin(Optional.empty());
    }
  }

  private void prepare(Task task, Optional<KillPoint> point) throws IOException {
    switch (task) {
      case PACK -> {
        if (data().isEmpty()) {
          new Merger(chain, POLICIES).run();
        }
      }
      case RELEASE -> {
        if (chain.manifest().marks().holds().isEmpty()) {
          hold();
        }
      }
      case SWEEP -> litter.leaveFiles();
      case FORK -> {
        if (point.equals(Optional.of(KillPoint.FORK_SWEEPS_STAGE))) {
          litter.leaveStage();
        }
      }
      default -> {}
    }
  }

  private void perform(Task task) throws IOException {
    switch (task) {
      case CHECKPOINT -> checkpoint();
      case MERGE -> new Merger(chain, POLICIES).run();
      case PACK -> pack();
      case MOVE_BASE -> new BaseMover(chain, Progress.NONE).move();
      case FORGET ->
          commit(
              new Edit.Retain(
                  new RetentionPolicy(RetentionRules.keepLast(StoreCheck.KEPT), ZoneOffset.UTC)));
      case PIN -> pin();
      case UNPIN -> unpin();
      case HOLD -> hold();
      case RELEASE -> release();
      case FORK -> store.fork(chain, drawPoint(), "fork-" + Long.toHexString(random.nextLong()));
      case SWEEP -> chain.sweep();
      case READ -> read();
    }
  }

  private void commit(Edit edit) throws IOException {
    chain.commit(List.of(edit), List.of());
  }

  private void checkpoint() throws IOException {
    long next = chain.manifest().next();
    Checkpointer.Options options =
        new Checkpointer.Options("", false, CODECS[random.nextInt(CODECS.length)], 1);
    long made =
        new Checkpointer(chain)
            .checkpoint(new NumberedImage(StoreCheck.MEMORY.at(next)), options, Progress.NONE)
            .point()
            .checkpoint();
    if (made != next) {
      throw new AssertionError("checkpoint " + made + " in place of " + next);
    }
    VictimMain.say("acknowledged " + made);
  }

  private List<FileName> data() throws IOException {
    return chain.manifest().files(FileEntry.Role.DATA).stream().map(FileEntry::name).toList();
  }

  private void pack() throws IOException {
    List<FileName> data = data();
    if (!data.isEmpty()) {
      new Packer(chain).pack(data);
    }
  }

  private long drawPoint() throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<Long> points = List.copyOf(snapshot.points().keySet());
      return points.get(random.nextInt(points.size()));
    }
  }

  private void pin() throws IOException {
    if (chain.manifest().marks().pins().size() < 3) {
      long point = drawPoint();
      commit(new Edit.Pin(point, true));
      VictimMain.say("keeps pin-" + point + " " + point);
    }
  }

  private void unpin() throws IOException {
    for (long point : chain.manifest().marks().pins()) {
      VictimMain.say("releases pin-" + point);
      commit(new Edit.Pin(point, false));
    }
  }

  private void hold() throws IOException {
    if (chain.manifest().marks().holds().size() < 3) {
      String token = "hold-" + Long.toHexString(random.nextLong());
      long point = drawPoint();
      commit(new Edit.TakeHold(token, point, "a victim"));
      VictimMain.say("keeps " + token + " " + point);
    }
  }

  private void release() throws IOException {
    for (Hold hold : chain.manifest().marks().holds()) {
      VictimMain.say("releases " + hold.token());
      commit(new Edit.ReleaseHold(hold.token()));
    }
  }

  private void read() throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      List<Long> points = List.copyOf(snapshot.points().keySet());
      long point = points.get(random.nextInt(points.size()));
      try (MemorySink sink = new MemorySink()) {
        new Restorer(snapshot.view(point), sink, Progress.NONE).run(1);
        StoreCheck.MEMORY.check(point, sink.bytes(), "a reader at " + point);
      }
    }
  }

  @Override
  public void close() throws IOException {
    chain.close();
  }
}
