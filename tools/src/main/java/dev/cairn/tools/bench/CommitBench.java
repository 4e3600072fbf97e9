package dev.cairn.tools.bench;

import dev.cairn.store.RamLayout;
import java.io.IOException;

/** Times a checkpoint of one page at 100,000 points and at 100. */
public final class CommitBench implements Bench {
  private static final int PAGE = 512;
  private static final int FEW = 100;
  private static final int MANY = 100_000;

  @Override
  public String name() {
    return "commit";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    RamLayout layout = PagesImage.layout(PAGE, 8192);
    WideChain few = new WideChain(FEW, layout, bench.random());
    WideChain many = new WideChain(MANY, layout, bench.random());
    int rounds = bench.pick(7, 15);
    try (MadeChain atFew = new MadeChain(few.make(bench, "few"));
        MadeChain atMany = new MadeChain(many.make(bench, "many"))) {
      long[] alone =
          Timing.medians(
              rounds,
              () -> Timing.of(() -> atMany.delta(many.onePage(1))),
              () -> Timing.of(() -> atFew.delta(few.onePage(1))));
      row(rows, "one page at 100,000 points (floor: at 100), first in its process", alone);
      long[] held =
          Timing.medians(
              rounds,
              () -> {
                atMany.hold();
                return Timing.of(() -> atMany.delta(many.onePage(1)));
              },
              () -> {
                atFew.hold();
                return Timing.of(() -> atFew.delta(few.onePage(1)));
              });
      row(rows, "one page at 100,000 points (floor: at 100), chain held open", held);
    }
  }

  private static void row(Rows rows, String what, long[] nanos) {
    rows.add(
        Row.atMost(
            what,
            Timing.millis(nanos[0]),
            Timing.millis(nanos[1]),
            (double) nanos[0] / nanos[1],
            2));
  }
}
