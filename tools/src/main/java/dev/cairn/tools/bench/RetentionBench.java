package dev.cairn.tools.bench;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;

/**
 * A checkpoint a second under retention, on a clock of its own: three hours, or two days with
 * {@code --two-days}. Sizes are scaled down: pages of 512 bytes, deltas of 64 pages of a machine of
 * 65,536, and the policies' units in the same measure. Amplifications are those of page data, which
 * is all but a hundredth where deltas have 4 MiB; that of space is the page data stored for each
 * byte of the pages that some retained point sees.
 */
public final class RetentionBench implements Bench {
  private static final int PAGE = 512;
  private static final int DELTA_PAGES = 64;
  private static final long RAM_PAGES = 1 << 16;
  private static final Policies POLICIES =
      new Policies(
          new BasePolicy(),
          new RewritePolicy(),
          new MergePolicy(2, OptionalLong.empty(), DELTA_PAGES),
          new PackPolicy((long) DELTA_PAGES * PAGE, 64, 32, 16));
  private static final RetentionRules KEEP =
      new RetentionRules(1, new RetentionRules.Buckets(60, 60, 24, 30), Set.of());

  private Instant now = Instant.parse("2026-11-20T00:00:00Z");
  private final PageData pageData = new PageData();
  private final ReachablePages reachable = new ReachablePages(RAM_PAGES);
  private int mostLayers;
  private int mostFiles;
  private double mostSpace;

  @Override
  public String name() {
    return "retention";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    int points = bench.retentionSeconds();
    Random random = bench.random();
    RamLayout layout = PagesImage.layout(PAGE, RAM_PAGES);
    InstantSource clock = () -> now;
    Environment environment =
        new Environment(clock.withZone(ZoneOffset.UTC), random, Duration.ofSeconds(5));
    RetentionPolicy policy = new RetentionPolicy(KEEP, ZoneOffset.UTC);
    try (Store store = Store.create(bench.storeDirectory(name()), environment);
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      long[] all = PagesImage.run(0, (int) RAM_PAGES);
      made.whole(new PagesImage(layout, all, 0, DeviceState.NONE));
      look(made.hold());
      Manifest start = made.chain().manifest();
      long before = pageData.writtenBytes();
      Merger merger = new Merger(made.chain(), POLICIES);
      for (int n = 1; n <= points; n++) {
        now = now.plusSeconds(1);
        long[] pages = PagesImage.scattered(random, DELTA_PAGES, RAM_PAGES);
        made.append(new PagesImage(layout, pages, n, DeviceState.NONE));
        reachable.append(n, pages);
        look(made.hold());
        Manifest retained = made.chain().commit(List.of(new Edit.Retain(policy)), List.of());
        reachable.forget(retained.marks().forgotten());
        look(made.hold());
        merger.run();
        look(made.hold());
      }
      long written = pageData.writtenBytes() - before;
      long ingested = made.chain().manifest().ingested() - start.ingested();
      String what = "a checkpoint a second for " + Duration.ofSeconds(points) + ", retention: ";
      rows.add(Row.atMost(what + "layers", mostLayers + "", "", mostLayers, 12));
      rows.add(Row.atMost(what + "files", mostFiles + "", "", mostFiles, 256));
      rows.add(
          Row.atMost(
              what + "written", written + " B", ingested + " B", (double) written / ingested, 3.3));
      rows.add(Row.atMost(what + "space, at most", "", "", mostSpace, 2.5));
    }
  }

  /** Takes note of a moment. */
  private void look(ChainSnapshot snapshot) {
    long stored = pageData.look(snapshot);
    mostLayers = Math.max(mostLayers, snapshot.manifest().layers().size());
    mostFiles = Math.max(mostFiles, snapshot.manifest().files().size());
    mostSpace = Math.max(mostSpace, (double) stored / (reachable.count() * PAGE));
  }
}
