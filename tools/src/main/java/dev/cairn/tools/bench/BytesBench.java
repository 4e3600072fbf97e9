package dev.cairn.tools.bench;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Store;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.StoredSection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Counts what a checkpoint of plain pages writes: its file and the manifest, exactly. */
public final class BytesBench implements Bench {
  private static final int PAGE = 4096;
  private static final long RAM_PAGES = 16L << 20;
  private static final long FIXED_BYTES = 16 << 10;
  private static final int FILES = 100;
  private static final int MANY_FILES = 200;

  @Override
  public String name() {
    return "bytes";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    Random random = bench.random();
    RamLayout layout = PagesImage.layout(PAGE, RAM_PAGES);
    try (Store store = bench.makeStore("bytes");
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      DeviceState state = PagesImage.qemuState(random);
      made.whole(new PagesImage(layout, new long[] {0}, 0, state));
      Path manifest = bench.file("bytes").resolve("chains").resolve("vm").resolve("MANIFEST");
      int dense = bench.pick(4096, 16_384);
      long[][] deltas = {
        {12_345}, PagesImage.scattered(random, 1024, RAM_PAGES), PagesImage.run(1 << 20, dense),
      };
      String[] what = {"1 page", "1,024 scattered pages of 64 GiB", dense + " pages in a run"};
      for (int i = 0; i < deltas.length; i++) {
        row(made, new PagesImage(layout, deltas[i], i + 1, state(random)), manifest, what[i], rows);
      }
      while (made.chain().manifest().files().size() < FILES - 1) {
        made.append(new PagesImage(layout, new long[] {7}, 9, DeviceState.NONE));
      }
      long[] some = PagesImage.scattered(random, 1024, RAM_PAGES);
      row(
          made,
          new PagesImage(layout, some, 10, state(random)),
          manifest,
          "1,024 scattered pages, a chain of " + FILES + " files",
          rows);
      while (made.chain().manifest().files().size() < MANY_FILES - 1) {
        made.append(new PagesImage(layout, new long[] {7}, 9, DeviceState.NONE));
      }
      Written one = write(made, new PagesImage(layout, new long[] {7}, 11, state(random)));
      rows.add(
          Row.note(
              "bytes written: 1 page, a chain of " + MANY_FILES + " layers",
              one.bytes(manifest) + " B, of them MANIFEST " + Files.size(manifest) + " B"));
      rows.add(
          Row.note(
              "MANIFEST.spare, written with each of these and not synced", "as long as MANIFEST"));
    }
  }

  private static DeviceState state(Random random) {
    return PagesImage.qemuState(random);
  }

  private static void row(MadeChain made, PagesImage image, Path manifest, String what, Rows rows)
      throws IOException {
    Written checkpoint = write(made, image);
    long written = checkpoint.bytes(manifest);
    double allowed = 1.01 * checkpoint.pages * PAGE + checkpoint.compressed + FIXED_BYTES;
    rows.add(
        Row.atMost(
            "bytes written: " + what,
            written + " B",
            Math.round(allowed) + " B",
            written / allowed,
            1));
  }

  /**
   * A checkpoint that was written.
   *
   * @param file length of its layer, bytes
   * @param compressed stored bytes of its device state
   */
  private record Written(long pages, long file, long compressed) {
    long bytes(Path manifest) throws IOException {
      return file + Files.size(manifest);
    }
  }

  private static Written write(MadeChain made, PagesImage image) throws IOException {
    Checkpointer.Result result = made.delta(image);
    long compressed =
        result.point().sections().stream().mapToLong(StoredSection::storedLength).sum();
    try (ChainSnapshot snapshot = made.chain().snapshot()) {
      long file = snapshot.file(snapshot.manifest().layers().getLast()).length();
      return new Written(result.point().written().pages(), file, compressed);
    }
  }
}
