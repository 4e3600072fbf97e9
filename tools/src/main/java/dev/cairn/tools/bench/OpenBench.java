package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Times the opening of a chain of 1,500 points: in this process, and as {@code cairn list}. */
public final class OpenBench implements Bench {
  private static final int PAGE = 4096;
  private static final int POINTS = 1500;
  private static final long RAM_PAGES = 1 << 16;
  private static final double BAR_MILLIS = 50;
  private static final double BAR_LIST_MILLIS = 400;

  private int points = POINTS;

  @Override
  public String name() {
    return "open";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    points = Math.max(2, bench.sizes().checkpoints().orElse(POINTS));
    int files = make(bench);
    try (Store store = bench.openStore("open")) {
      long nanos = Timing.medians(bench.pick(15, 31), () -> Timing.of(() -> open(store)))[0];
      String chain = points + " points, " + files + " files";
      rows.add(
          Row.atMost(
              "open a chain of " + chain + ", warm (ms)",
              Timing.millis(nanos),
              "",
              nanos / 1e6,
              BAR_MILLIS));
      Path log = bench.file("list.log");
      Path stored = bench.file("open");
      List<String> command = Children.cairn(List.of("--store", stored.toString(), "list", "vm"));
      List<String> none = Children.cairn(List.of("--version"));
      long[] process =
          Timing.medians(
              bench.pick(3, 7),
              () -> Timing.of(() -> Children.run(log, command)),
              () -> Timing.of(() -> Children.run(log, none)));
      rows.add(
          Row.atMost(
              "cairn list of it as a process (ms; floor: cairn --version)",
              Timing.millis(process[0]),
              Timing.millis(process[1]),
              process[0] / 1e6,
              BAR_LIST_MILLIS));
    }
  }

  private void open(Store store) throws IOException {
    try (Chain chain = store.open("vm");
        ChainSnapshot snapshot = chain.snapshot()) {
      if (snapshot.points().size() != points) {
        throw new IllegalStateException(snapshot.points().size() + " points");
      }
    }
  }

  /** Makes the chain and returns how many files it has. */
  private int make(Workbench bench) throws IOException {
    Random random = bench.random();
    RamLayout layout = PagesImage.layout(PAGE, RAM_PAGES);
    try (Store store = bench.makeStore("open");
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      made.whole(new PagesImage(layout, new long[] {0}, 0, DeviceState.NONE));
      for (int n = 1; n < points; n++) {
        long[] pages = PagesImage.scattered(random, 16, RAM_PAGES);
        made.append(new PagesImage(layout, pages, n, DeviceState.NONE));
      }
      made.hold();
      new Merger(made.chain(), Policies.DEFAULT).run();
      return made.chain().manifest().files().size();
    }
  }
}
