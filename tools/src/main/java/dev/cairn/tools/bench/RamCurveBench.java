package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.util.Random;

/**
 * Says how cost grows with the RAM of a sparse machine: as many pages are present, and as many
 * change, whatever its RAM is. The files are in memory.
 */
public final class RamCurveBench implements Bench {
  private static final int PAGE = 4096;
  private static final long FIRST_BYTES = 256 << 20;
  private static final long STANDARD_BYTES = 64L << 30;
  private static final int STEP = 4;
  private static final int PRESENT_PAGES = 4096;
  private static final int DELTA_PAGES = 1024;
  private static final int DELTAS = 16;
  private static final int COMMITS = 7;

  /**
   * Scattered pages fall into as many regions, up to as many as there are pages; a restore looks at
   * each region. All else stays.
   */
  private static final ChainCost.Exponents EXPONENTS =
      new ChainCost.Exponents(0.1, 1.1, 0.6, 0.6, 1.1, 0.25);

  @Override
  public String name() {
    return "by-ram";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    long last = bench.sizes().ramBytes().orElse(bench.pick(1, 64) * (STANDARD_BYTES / 64));
    Curve curve = new Curve("MiB");
    stop(bench, new Curve("warm"), FIRST_BYTES); // what runs for the first time is slow
    for (long bytes = FIRST_BYTES; bytes <= last; bytes *= STEP) {
      stop(bench, curve, bytes);
    }
    curve.tell(rows);
  }

  private static void stop(Workbench bench, Curve curve, long bytes) throws IOException {
    try (Workbench memory = bench.inMemory();
        Store store = memory.makeStore("curve")) {
      curve.stop((double) (bytes >> 20));
      measure(memory, store, curve, bytes / PAGE);
    }
  }

  private static void measure(Workbench bench, Store store, Curve curve, long ramPages)
      throws IOException {
    RamLayout layout = PagesImage.layout(PAGE, ramPages);
    Random random = bench.random();
    long[] present = PagesImage.scattered(random, PRESENT_PAGES, ramPages);
    try (MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      made.whole(new PagesImage(layout, present, 0, DeviceState.NONE));
      for (int n = 1; n <= DELTAS; n++) {
        made.append(delta(random, layout, ramPages, n));
      }
      long merging = Timing.of(new Merger(made.chain(), Policies.DEFAULT)::run);
      long commit =
          Timing.medians(
              COMMITS,
              () -> {
                made.hold();
                PagesImage image = delta(random, layout, ramPages, DELTAS + 1);
                return Timing.of(() -> made.delta(image));
              })[0];
      curve.put("commit", "ms", 0.25, commit / 1e6);
      curve.put("merge round of 16 layers", "ms", 1.1, merging / 1e6);
    }
    try (Chain chain = store.open("vm")) {
      new Merger(chain, Policies.DEFAULT).run();
    }
    new ChainCost(bench, store, curve).measure(present, EXPONENTS);
  }

  private static PagesImage delta(Random random, RamLayout layout, long ramPages, int n) {
    long[] pages = PagesImage.scattered(random, DELTA_PAGES, ramPages);
    return new PagesImage(layout, pages, n, DeviceState.NONE);
  }
}
