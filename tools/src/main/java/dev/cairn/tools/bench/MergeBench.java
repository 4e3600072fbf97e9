package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Directory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/**
 * Times what a merger does to a chain that nobody has merged: the indexes alone, and with page data
 * packed, each against a sequential write and fsync of as many bytes. Every round has a fork of its
 * own; all is in memory but for the fsyncs.
 */
public final class MergeBench implements Bench {
  private static final int PAGE = 4096;
  private static final String STORE = "merge";
  private static final int PACK_FILES = 64;
  private static final int ROUNDS = 5;
  private static final Policies INDEX_ALONE =
      new Policies(
          Policies.DEFAULT.base(),
          Policies.DEFAULT.rewrite(),
          Policies.DEFAULT.merge(),
          new PackPolicy(PackPolicy.DEFAULT.unitBytes(), 1 << 20, 0, 1 << 20));

  private int forks;
  private int floors;

  @Override
  public String name() {
    return "round";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    long ramPages = bench.ramBytes() / PAGE;
    int dirty = bench.dirtyPages(ramPages);
    RamLayout layout = PagesImage.layout(PAGE, ramPages);
    Random random = bench.random();
    int layers = bench.checkpoints();
    try (Store store = bench.makeStore(STORE);
        MadeChain made = new MadeChain(store.create("deep", PAGE))) {
      made.whole(new PagesImage(layout, new long[] {0}, 0, DeviceState.NONE));
      for (int n = 1; n <= layers; n++) {
        long[] pages = bench.hotSet().draw(random, dirty, ramPages);
        made.append(new PagesImage(layout, pages, n, DeviceState.NONE));
      }
      String what = "merge, %d layers of %d pages".formatted(layers, dirty);
      measure(bench, rows, store, made.chain(), INDEX_ALONE, what + ", indexes alone");
      if (layers >= PACK_FILES) {
        measure(bench, rows, store, made.chain(), Policies.DEFAULT, what + ", and a pack");
      } else {
        rows.add(
            Row.note(
                "merge and pack", "not measured: a pack takes " + PACK_FILES + " checkpoints"));
      }
    }
  }

  /** What one round did. */
  private record Done(long nanos, Merger.Report report, Index index) {}

  /** The indexes of the layers that are left. */
  private record Index(long versions, long pages, long bytes) {
    static Index of(Chain chain) throws IOException {
      long versions = 0;
      long pages = 0;
      long bytes = 0;
      try (ChainSnapshot snapshot = chain.snapshot()) {
        for (FileEntry layer : snapshot.manifest().layers()) {
          Directory directory = snapshot.file(layer).directory();
          versions += directory.versionCount();
          pages += directory.pageCount();
          bytes += directory.storedBytes();
        }
      }
      return new Index(versions, pages, bytes);
    }
  }

  private void measure(
      Workbench bench, Rows rows, Store store, Chain deep, Policies policies, String what)
      throws IOException {
    Done first = round(bench, store, deep, policies);
    long written = first.report.writtenBytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(1 << 20, PAGE);
      memory.fill((byte) 0x5a);
      long[] nanos =
          Timing.medians(
              ROUNDS,
              () -> round(bench, store, deep, policies).nanos,
              () -> {
                Path floor = bench.file("floor-" + floors++);
                long taken = Timing.of(() -> Floors.write(floor, memory, written));
                Files.delete(floor);
                Floors.settle(bench);
                return taken;
              },
              () -> Floors.emptyFiles(bench));
      rows.add(
          Row.beside(
              what + " (floor: writing its bytes)",
              Timing.millis(nanos[0]),
              Timing.millis(nanos[1] + nanos[2]),
              (double) nanos[0] / (nanos[1] + nanos[2])));
    }
    rows.add(
        Row.note(
            "  written, layers left",
            String.format(
                Locale.ROOT,
                "%d B, %d of %d",
                written,
                first.report.layersAfter(),
                first.report.layersBefore())));
    long bound = 16 * first.index.versions + 3 * first.index.pages;
    rows.add(
        Row.atMost(
            "  index of what is left (floor: 16 B a version and 3 a page)",
            first.index.bytes + " B",
            bound + " B",
            (double) first.index.bytes / bound,
            1));
  }

  private Done round(Workbench bench, Store store, Chain deep, Policies policies)
      throws IOException {
    String name = "fork-" + forks++;
    store.fork(deep, deep.manifest().tip().orElseThrow().number(), name);
    Done done;
    try (Chain fork = store.open(name)) {
      Merger merger = new Merger(fork, policies);
      long start = System.nanoTime();
      Merger.Report report = merger.run();
      long nanos = System.nanoTime() - start;
      done = new Done(nanos, report, Index.of(fork));
    }
    Workbench.delete(bench.file(STORE).resolve("chains").resolve(name));
    Floors.settle(bench);
    return done;
  }
}
