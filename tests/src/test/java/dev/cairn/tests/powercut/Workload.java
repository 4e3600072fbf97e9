package dev.cairn.tests.powercut;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.BaseMover;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Packer;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.tests.SmallPolicies;
import dev.cairn.tests.WholeImage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does the steps on a real store. Used by one thread. */
final class Workload implements AutoCloseable {
  private final Store store;
  private final ExecutorService background = Executors.newSingleThreadExecutor();
  private Future<?> merge = CompletableFuture.completedFuture("");

  Workload(Store store) {
    this.store = store;
  }

  /**
   * @param ids draws the ids of files and checkpoints: never the same ones twice
   */
  static Environment environment(Random ids) {
    return new Environment(Clock.systemUTC(), ids, Duration.ofSeconds(20));
  }

  void perform(Step step, int image) throws IOException, InterruptedException {
    switch (step) {
      case Step.Create o -> store.create(o.chain(), WholeImage.PAGE_SIZE).close();
      case Step.Checkpoint o -> checkpoint(o.chain(), image);
      case Step.Label o -> commit(o.chain(), new Edit.Label(o.point(), o.label()));
      case Step.Forget o ->
          commit(
              o.chain(),
              new Edit.Forget(PointSet.of(List.of(new PointSet.Range(o.from(), o.to())))));
      case Step.Fork o -> fork(o.chain(), o.point(), o.name());
      case Step.Merge o -> merge(o.chain());
      case Step.Compact o -> compact(o.chain());
      case Step.Pack o -> pack(o.chain());
      case Step.MoveBase o -> moveBase(o.chain());
      case Step.BeginMerge o ->
          merge =
              background.submit(
                  () -> {
                    merge(o.chain());
                    return "";
                  });
      case Step.EndMerge _ -> endMerge();
    }
  }

  void checkpoint(String name, int image) throws IOException {
    FrameCodec codec = image % 2 == 0 ? FrameCodec.PLAIN : FrameCodec.ZSTD;
    try (Chain chain = store.open(name)) {
      new Checkpointer(chain)
          .checkpoint(
              new WholeImage(MachineMemory.at(image)),
              new Checkpointer.Options("", false, codec, 1),
              Progress.NONE);
    }
  }

  private void commit(String name, Edit edit) throws IOException {
    try (Chain chain = store.open(name)) {
      chain.commit(List.of(edit), List.of());
    }
  }

  void fork(String name, long point, String target) throws IOException {
    try (Chain chain = store.open(name)) {
      store.fork(chain, point, target);
    }
  }

  private void merge(String name) throws IOException {
    try (Chain chain = store.open(name)) {
      new Merger(chain, SmallPolicies.ALL).run();
    }
  }

  void compact(String name) throws IOException {
    try (Chain chain = store.open(name)) {
      new Merger(chain, SmallPolicies.ALL).compact();
    }
  }

  private void pack(String name) throws IOException {
    try (Chain chain = store.open(name)) {
      List<FileName> data =
          chain.manifest().files(FileEntry.Role.DATA).stream().map(FileEntry::name).toList();
      if (!data.isEmpty()) {
        new Packer(chain).pack(data);
      }
    }
  }

  private void moveBase(String name) throws IOException {
    try (Chain chain = store.open(name)) {
      new BaseMover(chain, Progress.NONE).move();
    }
  }

  private void endMerge() throws IOException, InterruptedException {
    try {
      merge.get();
    } catch (ExecutionException e) {
      throw new IOException("a merge in the background", e);
    }
  }

  @Override
  public void close() throws IOException {
    background.close();
    store.close();
  }
}
