package dev.cairn.tools.bench;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainStats;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.OpenFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * Counts layers, files and bytes written where all points are retained: deltas of 1,024 pages of a
 * machine of 16 Mi pages, merged after each as {@code cairn merge} does. Pages have 512 bytes, so
 * that the data fits the disk, and the packing policy's unit is smaller in the same measure; bytes
 * of page data are counted as if pages had 4,096: index and points do not depend on it.
 */
public final class RetainedBench implements Bench {
  private static final int PAGE = 512;
  private static final int REAL_PAGE = 4096;
  private static final long RAM_PAGES = 16L << 20;
  private static final int DELTA_PAGES = 1024;
  private static final Policies POLICIES =
      new Policies(
          new BasePolicy(),
          new RewritePolicy(),
          MergePolicy.DEFAULT,
          new PackPolicy(
              PackPolicy.DEFAULT.unitBytes() * PAGE / REAL_PAGE,
              PackPolicy.DEFAULT.fanIn(),
              PackPolicy.DEFAULT.waiting(),
              PackPolicy.DEFAULT.maxSparse()));
  private static final int MOST_FILES = 100;
  private static final double MOST_WRITTEN = 2.2;

  @Override
  public String name() {
    return "retained";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    int points = bench.pick(100, 1500);
    measure(bench, rows, points, "uniform", false);
    bench.clear();
    measure(bench, rows, points, "hot", true);
    rows.add(
        Row.note(
            "100,000 points retained: counted without data, not here",
            "./cairn test -pl merge -am -Dtest=RetainedSimulationTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false"));
  }

  private static void measure(Workbench bench, Rows rows, int points, String name, boolean hot)
      throws IOException {
    Random random = bench.random();
    RamLayout layout = PagesImage.layout(PAGE, RAM_PAGES);
    int worst = 0;
    int worstLayers = 0;
    double worstMost = Double.MAX_VALUE;
    try (Store store = bench.makeStore(name);
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      made.whole(new PagesImage(layout, new long[] {0}, 0, DeviceState.NONE));
      Manifest start = made.chain().manifest();
      Merger merger = new Merger(made.chain(), POLICIES);
      PageData pageData = new PageData();
      pageData.look(made.hold());
      long before = pageData.writtenBytes();
      for (int n = 1; n <= points; n++) {
        long[] pages = hot ? hot(random) : PagesImage.scattered(random, DELTA_PAGES, RAM_PAGES);
        made.append(new PagesImage(layout, pages, n, DeviceState.NONE));
        pageData.look(made.hold());
        merger.run();
        ChainSnapshot merged = made.hold();
        pageData.look(merged);
        int layers = merged.manifest().layers().size();
        double most = mostLayers(merged);
        if (most - layers < worstMost - worstLayers) {
          worst = n;
          worstLayers = layers;
          worstMost = most;
        }
      }
      String what = points + " points retained, " + name;
      rows.add(
          Row.atMost(
              what + ": layers, nearest to their bar at point " + worst,
              worstLayers + "",
              "",
              worstLayers,
              worstMost));
      written(made, start, pageData.writtenBytes() - before, rows, what);
    }
  }

  /**
   * The bar: log2(all versions ÷ 1,024) + 2, a smaller layer counting as 1,024. After n equal
   * deltas of 1,024 pages that is log2(n) + 2.
   */
  private static double mostLayers(ChainSnapshot snapshot) {
    long versions = 0;
    for (FileEntry layer : snapshot.manifest().layers()) {
      versions += Math.max(DELTA_PAGES, snapshot.file(layer).directory().versionCount());
    }
    return Math.log((double) versions / DELTA_PAGES) / Math.log(2) + 2;
  }

  private static void written(MadeChain made, Manifest start, long pageData, Rows rows, String what)
      throws IOException {
    try (ChainSnapshot snapshot = made.chain().snapshot()) {
      Manifest end = snapshot.manifest();
      ChainStats stats = ChainStats.of(snapshot);
      rows.add(Row.atMost(what + ": files", stats.files() + "", "", stats.files(), MOST_FILES));
      long ingested = end.ingested() - start.ingested();
      long written = end.written() - start.written();
      long ingestedReal = ingested * REAL_PAGE / PAGE;
      long writtenReal = written - pageData + pageData * REAL_PAGE / PAGE;
      double real = (double) writtenReal / ingestedReal;
      rows.add(
          Row.atMost(
              what + ": bytes written for each ingested, 4 KiB pages",
              writtenReal + " B",
              ingestedReal + " B",
              real,
              MOST_WRITTEN));
      rows.add(
          Row.note("  as stored, 512 B pages", String.format("%.3f", (double) written / ingested)));
      long index = 0;
      for (FileEntry layer : end.layers()) {
        OpenFile file = snapshot.file(layer);
        index += file.length() - file.metadataOffset();
      }
      long versions =
          end.layers().stream()
              .mapToLong(layer -> snapshot.file(layer).directory().versionCount())
              .sum();
      rows.add(
          Row.note(
              "  index bytes of the layers, for each version",
              String.format("%d B, %.1f", index, (double) index / Math.max(1, versions))));
    }
  }

  /** Returns pages of which 5 % take 90 %. */
  private static long[] hot(Random random) {
    long[] few = PagesImage.scattered(random, DELTA_PAGES * 9 / 10, RAM_PAGES / 20);
    long[] many = PagesImage.scattered(random, DELTA_PAGES - few.length, RAM_PAGES);
    return LongStream.concat(Arrays.stream(few), Arrays.stream(many)).distinct().sorted().toArray();
  }
}
