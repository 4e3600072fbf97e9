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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Times a delta into the store, its fsyncs included, against one sequential write and fsync of the
 * same bytes from memory. The chain is merged between the rounds, as a capture's is.
 */
public final class DeltaBench implements Bench {
  private static final int PAGE = 4096;
  private static final long ROUNDING_NANOS = 1_000_000;
  private static final int MOST_LAYERS = 8;
  private static final long LARGE_BYTES = 64 << 20;

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
    sized(bench, rows);
  }

  private static void large(Workbench bench, Rows rows, int pages) throws IOException {
    long bytes = (long) pages * PAGE;
    long[] run = PagesImage.run(pages / 2, pages);
    long[] nanos = medians(bench, bench.pick(2, 5), pages * 2L, () -> run);
    rows.add(large("a delta of " + bytes / 1048576 + " MiB into the store", bytes, nanos));
  }

  private static Row large(String what, long bytes, long[] nanos) {
    return Row.atLeast(
        what + " (rate to sequential write)",
        Timing.rate(bytes, nanos[0]),
        Timing.rate(bytes, nanos[1]),
        (double) nanos[1] / nanos[0],
        0.9);
  }

  /** One as the sizes that were asked for have it, in a chain of as many. */
  private static void sized(Workbench bench, Rows rows) throws IOException {
    long ramPages = bench.ramBytes() / PAGE;
    int dirty = bench.dirtyPages(ramPages);
    Random random = bench.random();
    long bytes = (long) dirty * PAGE;
    // Half as many again go before those that count.
    int rounds = Math.max(5, bench.checkpoints() * 2 / 3);
    long[] nanos =
        medians(bench, rounds, ramPages, () -> bench.hotSet().draw(random, dirty, ramPages));
    String what = "a delta of %d pages, %d MiB guest".formatted(dirty, bench.ramBytes() >> 20);
    rows.add(bytes >= LARGE_BYTES ? large(what, bytes, nanos) : small(what, nanos));
  }

  private static void small(Workbench bench, Rows rows, String what, long ramPages, long[] pages)
      throws IOException {
    long[] nanos = medians(bench, bench.pick(15, 151), ramPages, () -> pages);
    rows.add(small("a delta of " + what, nanos));
  }

  private static Row small(String what, long[] nanos) {
    long allowed = nanos[1] + nanos[2] + ROUNDING_NANOS;
    return Row.atMost(
        what, Timing.millis(nanos[0]), Timing.millis(allowed), (double) nanos[0] / allowed, 1);
  }

  /**
   * Returns the medians of delta, sequential write, and fsyncs of three empty files. Nothing large
   * is deleted meanwhile: the file system would discard it during somebody's fsync.
   */
  private static long[] medians(Workbench bench, int rounds, long ramPages, Supplier<long[]> dirty)
      throws IOException {
    RamLayout layout = PagesImage.layout(PAGE, ramPages);
    List<Path> floors = new ArrayList<>();
    try (Arena arena = Arena.ofConfined();
        Store store = bench.makeStore("delta");
        MadeChain made = new MadeChain(store.create("vm", PAGE))) {
      made.whole(new PagesImage(layout, new long[] {0}, 0, DeviceState.NONE));
      long[] some = dirty.get();
      PagesImage content = new PagesImage(layout, some, 1, DeviceState.NONE);
      MemorySegment memory = arena.allocate((long) some.length * PAGE, PAGE);
      for (int i = 0; i < some.length; i++) {
        content.read(0, some[i], memory.asSlice((long) i * PAGE, PAGE));
      }
      return Timing.medians(
          rounds,
          () -> {
            merge(made.chain());
            made.hold();
            PagesImage image = new PagesImage(layout, dirty.get(), 1, DeviceState.NONE);
            return Timing.of(() -> made.delta(image));
          },
          () -> {
            Path floor = bench.file("floor-" + floors.size());
            floors.add(floor);
            return Timing.of(() -> Floors.write(floor, memory, memory.byteSize()));
          },
          () -> Floors.emptyFiles(bench));
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
}
