package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Times a delta into the store, its fsyncs included, against one sequential write and fsync of the
 * same bytes from memory. The chain is merged between the rounds, as a capture's is.
 */
public final class DeltaBench implements Bench {
  private static final int PAGE = 4096;
  private static final long ROUNDING_NANOS = 1_000_000;
  private static final int EMPTY_FILES = 3;
  private static final int MOST_LAYERS = 8;

  @Override
  public String name() {
    return "delta";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    large(bench, rows, bench.pick(16_384, 32_768));
    Random random = bench.random();
    long gib = (1L << 30) / PAGE;
    small(bench, rows, "1,024 pages in a run, 1 GiB guest", gib, PagesImage.run(5000, 1024));
    small(
        bench,
        rows,
        "1,024 scattered pages, 1 GiB guest",
        gib,
        PagesImage.scattered(random, 1024, gib));
    small(
        bench,
        rows,
        "1,024 scattered pages, 64 GiB guest",
        64 * gib,
        PagesImage.scattered(random, 1024, 64 * gib));
  }

  private static void large(Workbench bench, Rows rows, int pages) throws IOException {
    long bytes = (long) pages * PAGE;
    long[] nanos = medians(bench, bench.pick(2, 5), pages * 2L, PagesImage.run(pages / 2, pages));
    rows.add(
        Row.atLeast(
            "a delta of " + bytes / 1048576 + " MiB into the store (rate to sequential write)",
            Timing.rate(bytes, nanos[0]),
            Timing.rate(bytes, nanos[1]),
            (double) nanos[1] / nanos[0],
            0.9));
  }

  private static void small(Workbench bench, Rows rows, String what, long ramPages, long[] pages)
      throws IOException {
    long[] nanos = medians(bench, bench.pick(15, 151), ramPages, pages);
    long allowed = nanos[1] + nanos[2] + ROUNDING_NANOS;
    rows.add(
        Row.atMost(
            "a delta of " + what,
            Timing.millis(nanos[0]),
            Timing.millis(allowed),
            (double) nanos[0] / allowed,
            1));
  }

  /**
   * Returns the medians of delta, sequential write, and fsyncs of three empty files. Nothing large
   * is deleted meanwhile: the file system would discard it during somebody's fsync.
   */
  private static long[] medians(Workbench bench, int rounds, long ramPages, long[] pages)
      throws IOException {
    RamLayout layout = PagesImage.layout(PAGE, ramPages);
    List<Path> floors = new ArrayList<>();
    try (Arena arena = Arena.ofConfined();
        Store store = bench.makeStore("delta");
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      made.whole(new PagesImage(layout, new long[] {0}, 0, DeviceState.NONE));
      PagesImage image = new PagesImage(layout, pages, 1, DeviceState.NONE);
      MemorySegment memory = arena.allocate((long) pages.length * PAGE, PAGE);
      for (int i = 0; i < pages.length; i++) {
        image.read(0, pages[i], memory.asSlice((long) i * PAGE, PAGE));
      }
      return Timing.medians(
          rounds,
          () -> {
            merge(made.chain());
            made.hold();
            return Timing.of(() -> made.delta(image));
          },
          () -> {
            Path floor = bench.file("floor-" + floors.size());
            floors.add(floor);
            return Timing.of(() -> write(floor, memory));
          },
          () -> emptyFiles(bench));
    } finally {
      bench.clear();
    }
  }

  /** Keeps the chain as the background merger of a capture does. */
  private static void merge(Chain chain) throws IOException {
    if (chain.manifest().layers().size() > MOST_LAYERS) {
      new Merger(chain, Policies.DEFAULT).run();
    }
  }

  private static void write(Path file, MemorySegment memory) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      int step = 1 << 20;
      for (long at = 0; at < memory.byteSize(); at += step) {
        long length = Math.min(step, memory.byteSize() - at);
        channel.write(memory.asSlice(at, length).asByteBuffer(), at);
      }
      channel.force(true);
    }
  }

  private static long emptyFiles(Workbench bench) throws IOException {
    long nanos = 0;
    for (int i = 0; i < EMPTY_FILES; i++) {
      Path file = bench.file("empty-" + i);
      nanos +=
          Timing.of(
              () -> {
                try (FileChannel channel =
                    FileChannel.open(
                        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                  channel.force(true);
                }
              });
    }
    for (int i = 0; i < EMPTY_FILES; i++) {
      Files.delete(bench.file("empty-" + i));
    }
    return nanos;
  }
}
