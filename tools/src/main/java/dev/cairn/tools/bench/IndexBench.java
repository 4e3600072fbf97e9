package dev.cairn.tools.bench;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import java.io.IOException;

/** Counts the bytes of the page index of 1,024 scattered pages of 64 GiB. */
public final class IndexBench implements Bench {
  private static final int PAGE = 4096;
  private static final long RAM_PAGES = 16L << 20;
  private static final int PAGES = 1024;
  private static final double BAR_BYTES = 40 << 10;

  @Override
  public String name() {
    return "index";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    RamLayout layout = PagesImage.layout(PAGE, RAM_PAGES);
    try (Store store = bench.makeStore("index");
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      made.whole(new PagesImage(layout, new long[] {0}, 0, DeviceState.NONE));
      long[] pages = PagesImage.scattered(bench.random(), PAGES, RAM_PAGES);
      made.delta(new PagesImage(layout, pages, 1, DeviceState.NONE));
      try (ChainSnapshot snapshot = made.chain().snapshot()) {
        OpenFile file = snapshot.file(snapshot.manifest().layers().getLast());
        Directory directory = file.directory();
        long bytes = directory.storedBytes();
        rows.add(
            Row.atMost(
                "index of 1,024 scattered pages of 64 GiB",
                bytes + " B",
                "",
                (double) bytes,
                BAR_BYTES));
        rows.add(
            Row.note(
                "  all metadata of that layer, " + directory.size() + " regions",
                file.length() - file.metadataOffset() + " B"));
      }
    }
  }
}
