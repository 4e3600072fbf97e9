package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointProjection;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PageReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What it costs to use a chain as it is now. Not thread-safe. */
final class ChainCost {
  private static final int ROUNDS = 5;
  private static final int LOOKUPS = 20_000;
  private static final int HEAP_CHAINS = 16;
  private static final String CHAIN = "vm";

  private final Workbench bench;
  private final Store store;
  private final Curve curve;

  /** Measures in a store whose chain is {@code vm}. */
  ChainCost(Workbench bench, Store store, Curve curve) {
    this.bench = bench;
    this.store = store;
    this.curve = curve;
  }

  /**
   * Puts all of it into the curve.
   *
   * @param pages some that are present
   * @param perStep how a cost may grow that is in proportion to what grows, or stays
   */
  void measure(long[] pages, Exponents perStep) throws IOException {
    try (Chain chain = store.open(CHAIN);
        ChainSnapshot snapshot = chain.snapshot()) {
      curve.put("layers", "", perStep.layers, snapshot.manifest().layers().size());
      curve.put("files", "", perStep.layers, snapshot.manifest().files().size());
      Path manifest = bench.file("curve").resolve("chains").resolve(CHAIN).resolve("MANIFEST");
      curve.put("manifest of a commit", "B", perStep.layers, (double) Files.size(manifest));
      curve.put("index", "B", perStep.index, (double) indexBytes(snapshot));
      long[] nanos =
          Timing.medians(
              ROUNDS,
              () -> Timing.of(() -> open(false)),
              () -> Timing.of(() -> open(true)),
              () -> restored(snapshot));
      curve.put("open", "ms", perStep.open, nanos[0] / 1e6);
      curve.put("open and list", "ms", perStep.list, nanos[1] / 1e6);
      curve.put("restore", "ms", perStep.restore, nanos[2] / 1e6);
      curve.put("lookup", "µs", perStep.lookup, lookup(snapshot, pages) / 1e3);
    }
    curve.put("heap of an open chain", "KiB", perStep.list, heapBytes() / 1024.0);
  }

  /** How fast each may grow, as exponents; NaN where nothing is asked for. */
  record Exponents(
      double layers, double index, double open, double list, double restore, double lookup) {}

  private static long indexBytes(ChainSnapshot snapshot) {
    long bytes = 0;
    for (FileEntry layer : snapshot.manifest().layers()) {
      OpenFile file = snapshot.file(layer);
      bytes += file.length() - file.metadataOffset();
    }
    return bytes;
  }

  private void open(boolean list) throws IOException {
    try (Chain chain = store.open(CHAIN);
        ChainSnapshot snapshot = chain.snapshot()) {
      if (list && snapshot.points().isEmpty()) {
        throw new IllegalStateException("no points");
      }
    }
  }

  private static long tip(ChainSnapshot snapshot) {
    return snapshot.manifest().tip().orElseThrow().number();
  }

  private long restored(ChainSnapshot snapshot) throws IOException {
    Path target = bench.file("restored.raw");
    Files.deleteIfExists(target);
    RamLayout layout = snapshot.view(tip(snapshot)).layout();
    try (RawFile sink = RawFile.create(target, layout)) {
      return Timing.of(
          () -> new Restorer(snapshot.view(tip(snapshot)), sink, Progress.NONE).run(2));
    }
  }

  /** Returns nanoseconds for each of many pages whose regions are planned. */
  private double lookup(ChainSnapshot snapshot, long[] pages) throws IOException {
    int pageSize = snapshot.manifest().pageSize();
    Random random = bench.random();
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize, arena);
        PointProjection projection = new PointProjection(snapshot.view(tip(snapshot)))) {
      MemorySegment window = arena.allocate((long) PointProjection.WORD_PAGES * pageSize, 4096);
      long nanos =
          Timing.medians(
              ROUNDS,
              () ->
                  Timing.of(
                      () -> {
                        for (int i = 0; i < LOOKUPS; i++) {
                          long page = pages[random.nextInt(pages.length)];
                          long slot = page % PointProjection.WORD_PAGES;
                          projection.read(reader, 0, page - slot, 1L << slot, window);
                        }
                      }))[0];
      return (double) nanos / LOOKUPS;
    }
  }

  /**
   * Returns what an open chain whose points are known keeps alive: the mean of several, each with
   * files of its own, by what is gone when they are closed. What comes and goes beside them is more
   * than one of them keeps.
   */
  private double heapBytes() throws IOException {
    long with = heldBytes();
    return Math.max(1, (double) (with - used()) / HEAP_CHAINS);
  }

  private long heldBytes() throws IOException {
    List<Chain> chains = new ArrayList<>();
    List<ChainSnapshot> snapshots = new ArrayList<>();
    try {
      int points = 0;
      for (int i = 0; i < HEAP_CHAINS; i++) {
        chains.add(store.open(CHAIN));
        snapshots.add(chains.getLast().snapshot());
        points += snapshots.getLast().points().size();
      }
      return points == 0 ? 0 : used();
    } finally {
      for (ChainSnapshot snapshot : snapshots) {
        snapshot.close();
      }
      for (Chain chain : chains) {
        chain.close();
      }
    }
  }

  private static long used() {
    System.gc();
    System.gc(); // what the first one left to cleaners
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
