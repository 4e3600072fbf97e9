package dev.cairn.tools.bench;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import java.io.IOException;
import java.nio.file.Path;

/** Cairn within this process, as a capture has it: images or deltas in, restored by threads. */
final class CairnPeer implements Peer {
  private static final int THREADS = 2;
  private static final int MOST_LAYERS = 8;

  private final Way way;
  private final Path directory;
  private final Store store;
  private final MadeChain made;

  private CairnPeer(Way way, Path directory, Store store) throws IOException {
    this.way = way;
    this.directory = directory;
    this.store = store;
    this.made = new MadeChain(store.create("vm", ChangingImage.PAGE));
  }

  /** Makes a store in the workbench. */
  static CairnPeer create(Workbench bench, Way way) throws IOException {
    String name = way == Way.DELTA ? "cairn-delta" : "cairn-image";
    Store store = bench.makeStore(name);
    try {
      return new CairnPeer(way, bench.file(name), store);
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return way.text();
  }

  @Override
  public Way checkpointWay() {
    return way;
  }

  @Override
  public Way restoreWay() {
    return way;
  }

  @Override
  public void checkpoint(int point, ChangingImage image, long[] pages) throws IOException {
    if (made.chain().manifest().layers().size() > MOST_LAYERS) {
      new Merger(made.chain(), Policies.DEFAULT).run();
    }
    if (way == Way.DELTA && point > 0) {
      made.delta(image.only(pages));
    } else {
      made.whole(image.file());
    }
    made.hold();
  }

  @Override
  public void restore(int point, Path target) throws IOException {
    try (ChainSnapshot snapshot = made.chain().snapshot();
        RawFile sink = RawFile.create(target, snapshot.view(point).layout())) {
      new Restorer(snapshot.view(point), sink, Progress.NONE).run(THREADS);
    }
  }

  @Override
  public long storedBytes() throws IOException {
    return DiskUse.bytes(directory);
  }

  @Override
  public void close() throws IOException {
    made.close();
    store.close();
  }
}
