package dev.cairn.tools.bench;

import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.merge.policy.BasePolicy;
import dev.cairn.merge.policy.MergePolicy;
import dev.cairn.merge.policy.PackPolicy;
import dev.cairn.merge.policy.RewritePolicy;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;

/**
 * Says how cost grows with the number of checkpoints, all of them retained, merged after each. The
 * files are in memory, and sizes are scaled down: pages of 512 bytes, deltas of 16 pages of a
 * machine of 65,536, and the policies' units in the same measure.
 */
public final class PointsCurveBench implements Bench {
  private static final int PAGE = 512;
  private static final int DELTA_PAGES = 16;
  private static final int RAM_PAGES = 1 << 16;
  private static final int FIRST_STOP = 10;
  private static final int STANDARD_STOP = 10_000;
  private static final int QUICK_STOP = 100;

  /** They do not count: what runs for the first time is slow, and the first stop is short. */
  private static final int WARM_CHECKPOINTS = 200;

  private static final Policies POLICIES =
      new Policies(
          new BasePolicy(),
          new RewritePolicy(),
          new MergePolicy(2, OptionalLong.empty(), DELTA_PAGES),
          new PackPolicy((long) DELTA_PAGES * PAGE, 64, 32, 16));

  /**
   * Layers and files follow the logarithm: from 1,000 to 10,000 checkpoints that is an exponent of
   * a seventh; what is said of each point or version is in proportion; all else stays. A quarter on
   * top is what timing on a shared machine needs.
   */
  private static final ChainCost.Exponents EXPONENTS =
      new ChainCost.Exponents(0.4, 1.1, 0.6, 1.1, 0.25, 0.25);

  @Override
  public String name() {
    return "by-checkpoints";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    int last = bench.sizes().checkpoints().orElse(bench.pick(QUICK_STOP, STANDARD_STOP));
    grow(bench, new Curve("warm"), Math.min(last, WARM_CHECKPOINTS));
    Curve curve = new Curve("checkpoints");
    grow(bench, curve, last);
    curve.tell(rows);
  }

  /** Appends up to the last stop, and measures at each. */
  private static void grow(Workbench bench, Curve curve, int last) throws IOException {
    try (Workbench memory = bench.inMemory();
        Store store = memory.makeStore("curve");
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      RamLayout layout = PagesImage.layout(PAGE, RAM_PAGES);
      Random random = memory.random();
      long[] all = PagesImage.run(0, RAM_PAGES);
      made.whole(new PagesImage(layout, all, 0, DeviceState.NONE));
      Merger merger = new Merger(made.chain(), POLICIES);
      ChainCost cost = new ChainCost(memory, store, curve);
      long[] commits = new long[last];
      long[] merges = new long[last];
      int stop = FIRST_STOP;
      for (int n = 1; n <= last; n++) {
        long[] pages = PagesImage.scattered(random, DELTA_PAGES, RAM_PAGES);
        PagesImage delta = new PagesImage(layout, pages, n, DeviceState.NONE);
        made.hold();
        commits[n - 1] = Timing.of(() -> made.delta(delta));
        merges[n - 1] = Timing.of(merger::run);
        if (n == stop || n == last) {
          curve.stop(n);
          int from = stop / FIRST_STOP;
          curve.put("commit", "ms", 0.25, middle(commits, from, n) / 1e6);
          curve.put("merge round", "ms", 0.4, middle(merges, from, n) / 1e6);
          curve.put("longest merge round", "ms", 1.1, longest(merges, from, n) / 1e6);
          cost.measure(all, EXPONENTS);
          stop *= FIRST_STOP;
        }
      }
    }
  }

  private static long middle(long[] nanos, int from, int to) {
    long[] some = Arrays.copyOfRange(nanos, from - 1, to);
    Arrays.sort(some);
    return some[some.length / 2];
  }

  private static long longest(long[] nanos, int from, int to) {
    return Arrays.stream(nanos, from - 1, to).max().orElse(0);
  }
}
