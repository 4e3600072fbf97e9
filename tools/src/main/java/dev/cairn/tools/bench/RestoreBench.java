package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Times the restore of a point out of 1,000 checkpoints: merged by the policy, all in one layer,
 * and none merged, against cp of the result; and the merged one against the one layer with the
 * store on disk alone. All are forks of one chain, at the same point; nobody syncs the result;
 * opening the chain counts.
 */
public final class RestoreBench implements Bench {
  private static final int PAGE = 4096;
  private static final int CHECKPOINTS = 1000;

  private int checkpoints = CHECKPOINTS;

  @Override
  public String name() {
    return "restore";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    long own = bench.pick(64, 512) * (1L << 20);
    int pages = Math.toIntExact(bench.sizes().ramBytes().orElse(own) / PAGE);
    checkpoints = Math.max(2, bench.sizes().checkpoints().orElse(CHECKPOINTS));
    RamLayout layout = PagesImage.layout(PAGE, pages);
    try (Store store = bench.makeStore("restore")) {
      make(bench, store, layout);
      try (Chain deep = store.open("deep");
          Chain merged = store.open("merged");
          Chain compacted = store.open("compacted")) {
        long bytes = layout.totalBytes();
        Path result = bench.file("result.raw");
        try (RawFile sink = RawFile.create(result, layout)) {
          restore(compacted, checkpoints - 1, sink);
        }
        measure(bench, rows, bytes, layout, List.of(merged, compacted, deep), result);
        cold(bench, rows, layout, List.of(merged, compacted));
      }
    }
  }

  private void make(Workbench bench, Store store, RamLayout layout) throws IOException {
    Random random = bench.random();
    long pages = layout.blocks().getFirst().pages(PAGE);
    try (MadeChain made = new MadeChain(store.create("deep", PAGE))) {
      made.whole(new PagesImage(layout, PagesImage.run(0, (int) pages), 0, DeviceState.NONE));
      for (int n = 1; n < checkpoints; n++) {
        int count =
            bench.sizes().dirtyPercent().isPresent()
                ? bench.dirtyPages(pages)
                : (int) (pages / 2048);
        long[] dirty = PagesImage.scattered(random, count, pages);
        made.append(new PagesImage(layout, dirty, n, DeviceState.NONE));
      }
      store.fork(made.chain(), checkpoints - 1, "merged");
      store.fork(made.chain(), checkpoints - 1, "compacted");
    }
    try (Chain merged = store.open("merged");
        Chain compacted = store.open("compacted")) {
      new Merger(merged, Policies.DEFAULT).run();
      new Merger(compacted, Policies.DEFAULT).compact();
    }
  }

  private void measure(
      Workbench bench, Rows rows, long bytes, RamLayout layout, List<Chain> chains, Path result)
      throws IOException {
    Path copy = bench.file("copy.raw");
    Path log = bench.file("cp.log");
    List<String> cp = List.of("cp", "--sparse=always", result.toString(), copy.toString());
    long tip = checkpoints - 1L;
    long[] nanos =
        Timing.medians(
            bench.pick(3, 7),
            () -> {
              Files.deleteIfExists(copy);
              return Timing.of(() -> Children.run(log, cp));
            },
            () -> restored(bench, layout, chains.get(0), tip),
            () -> restored(bench, layout, chains.get(0), tip / 2),
            () -> restored(bench, layout, chains.get(1), tip),
            () -> restored(bench, layout, chains.get(2), tip));
    String[] what = {"the tip, merged", "point " + tip / 2 + ", merged", "the tip, in one layer"};
    for (int i = 0; i < what.length; i++) {
      rows.add(
          Row.atLeast(
              "restore of " + (bytes >> 20) + " MiB, " + what[i] + " (floor: cp)",
              Timing.rate(bytes, nanos[i + 1]),
              Timing.rate(bytes, nanos[0]),
              (double) nanos[0] / nanos[i + 1],
              0.9));
    }
    for (int i = 0; i < what.length - 1; i++) {
      rows.add(
          Row.atMost(
              "  " + what[i] + ": time (floor: a chain of one layer)",
              Timing.millis(nanos[i + 1]),
              Timing.millis(nanos[what.length]),
              (double) nanos[i + 1] / nanos[what.length],
              1.1));
    }
    // Nobody gets there: checkpoint itself merges above 32 layers.
    rows.add(
        Row.note(
            "  the tip, " + tip + " layers, which no command leaves",
            Timing.millis(nanos[what.length + 1])));
  }

  private void cold(Workbench bench, Rows rows, RamLayout layout, List<Chain> chains)
      throws IOException {
    ColdFiles cold = new ColdFiles();
    long tip = checkpoints - 1L;
    long[] nanos =
        Timing.medians(
            bench.pick(3, 7),
            () -> restoredCold(bench, cold, layout, chains.get(0), tip),
            () -> restoredCold(bench, cold, layout, chains.get(0), tip / 2),
            () -> restoredCold(bench, cold, layout, chains.get(1), tip));
    String[] what = {"the tip, merged", "point " + tip / 2 + ", merged"};
    for (int i = 0; i < what.length; i++) {
      String work = "  " + what[i] + ", cold: time (floor: a chain of one layer)";
      rows.add(
          cold.wereCold()
              ? Row.atMost(
                  work,
                  Timing.millis(nanos[i]),
                  Timing.millis(nanos[what.length]),
                  (double) nanos[i] / nanos[what.length],
                  1.25)
              : Row.notCold(work));
    }
  }

  private static long restoredCold(
      Workbench bench, ColdFiles cold, RamLayout layout, Chain chain, long point)
      throws IOException {
    Path target = bench.file("restored.raw");
    Files.deleteIfExists(target);
    try (RawFile sink = RawFile.create(target, layout)) {
      return cold.time(
          List.of(bench.file("restore")), layout.totalBytes(), () -> restore(chain, point, sink));
    }
  }

  private static long restored(Workbench bench, RamLayout layout, Chain chain, long point)
      throws IOException {
    Path target = bench.file("restored.raw");
    Files.deleteIfExists(target);
    try (RawFile sink = RawFile.create(target, layout)) {
      return Timing.of(() -> restore(chain, point, sink));
    }
  }

  private static void restore(Chain chain, long point, RawFile sink) throws IOException {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    try (ChainSnapshot snapshot = chain.snapshot()) {
      new Restorer(snapshot.view(point), sink, Progress.NONE).run(threads);
    }
  }
}
