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
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.merge.BaseMover;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Packer;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.tests.MemorySink;
import dev.cairn.tests.SmallPolicies;
import dev.cairn.tests.WholeImage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a victim does to the store. It says what may not be undone any more once that is
 * acknowledged, and what may be gone before it is undone. Not thread-safe.
 */
final class Deeds implements Closeable {
  /** So many pins, and so many holds, at once. */
  private static final int MOST_KEPT = 3;

  /** A pinned or held point that lies so many points back is let go. */
  private static final int OLD = 3 * StoreCheck.KEPT;

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

  /** Does a thing as it was ordered, after what it needs; says when it begins. */
  void perform(Task task, Order order) throws IOException {
    prepare(task, order.point());
    VictimMain.say("begin " + task);
    watch.begin(order.point(), order.again().isPresent());
    try {
      perform(task);
    } finally {
      watch.end();
    }
  }

  private void prepare(Task task, Optional<KillPoint> point) throws IOException {
    Manifest.Marks marks = chain.manifest().marks();
    switch (task) {
      case PACK -> {
        if (data().isEmpty()) {
          new Merger(chain, SmallPolicies.ALL).run();
        }
      }
      case FORGET -> letOldGo(marks);
      case PIN -> {
        if (marks.pins().size() >= MOST_KEPT) {
          unpin();
        }
      }
      case UNPIN -> {
        if (marks.pins().isEmpty()) {
          pin();
        }
      }
      case HOLD -> {
        if (marks.holds().size() >= MOST_KEPT) {
          release();
        }
      }
      case RELEASE -> {
        if (marks.holds().isEmpty()) {
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

  /** What is kept for long would keep the base from moving. */
  private void letOldGo(Manifest.Marks marks) throws IOException {
    long old = chain.manifest().next() - OLD;
    if (marks.pins().stream().anyMatch(point -> point < old)) {
      unpin();
    }
    if (marks.holds().stream().anyMatch(hold -> hold.point() < old)) {
      release();
    }
  }

  private void perform(Task task) throws IOException {
    switch (task) {
      case CHECKPOINT -> checkpoint();
      case MERGE -> new Merger(chain, SmallPolicies.ALL).run();
      case PACK -> pack();
      case MOVE_BASE -> new BaseMover(chain, Progress.NONE).move();
      case FORGET -> forget();
      case PIN -> pin();
      case UNPIN -> unpin();
      case HOLD -> hold();
      case RELEASE -> release();
      case FORK -> fork();
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
            .checkpoint(new WholeImage(StoreCheck.MEMORY.at(next)), options, Progress.NONE)
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

  private List<Long> points() throws IOException {
    return chain.restorePoints().stream().map(ChainSnapshot.RestorePoint::checkpoint).toList();
  }

  /** Nobody else lets points go: what is missing afterwards went here. */
  private void forget() throws IOException {
    Set<Long> gone = new TreeSet<>(points());
    commit(
        new Edit.Retain(
            new RetentionPolicy(RetentionRules.keepLast(StoreCheck.KEPT), ZoneOffset.UTC)));
    gone.removeAll(points());
    gone.forEach(point -> VictimMain.say("forgot " + point));
  }

  private void fork() throws IOException {
    List<Long> points = points();
    List<Long> upTo = points.subList(0, 1 + random.nextInt(points.size()));
    Fork fork = new Fork("fork-" + Long.toHexString(random.nextLong()), upTo);
    store.fork(chain, upTo.getLast(), fork.name());
    VictimMain.say("forked " + fork.told());
  }

  private void pin() throws IOException {
    if (chain.manifest().marks().pins().size() < MOST_KEPT) {
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
    if (chain.manifest().marks().holds().size() < MOST_KEPT) {
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
