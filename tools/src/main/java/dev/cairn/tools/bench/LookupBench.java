package dev.cairn.tools.bench;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointProjection;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Versions;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Times one page of a point, at random, as a page server looks it up: out of as many layers as
 * there are checkpoints, out of the same merged, and out of one, against a pread of one page of a
 * plain file of the same content. Warm, cold, and the first page of each region, for which its
 * indexes are read.
 */
public final class LookupBench implements Bench {
  private static final int PAGE = 4096;
  private static final String STORE = "lookup";
  private static final int ROUNDS = 5;
  private static final int COLD_PAGES = 200;
  private static final List<String> CHAINS = List.of("deep", "merged", "compacted");

  @Override
  public String name() {
    return "page";
  }

  @Override
  public void run(Workbench bench, Rows rows) throws IOException {
    RamLayout layout = PagesImage.layout(PAGE, bench.ramBytes() / PAGE);
    int layers = bench.checkpoints();
    Path flat = bench.file("flat.raw");
    try (Store store = bench.makeStore(STORE);
        RawFile file = RawFile.create(flat, layout);
        Arena arena = Arena.ofConfined()) {
      make(bench, store, layout, layers);
      try (Looked deep = Looked.open(store, CHAINS.get(0), arena);
          Looked merged = Looked.open(store, CHAINS.get(1), arena);
          Looked compacted = Looked.open(store, CHAINS.get(2), arena)) {
        new Restorer(compacted.snapshot.view(layers), file, Progress.NONE).run(2);
        file.force();
        Run run = new Run(bench, rows, file, List.of(deep, merged, compacted));
        run.warm();
        run.first();
        run.cold(flat);
      }
    }
  }

  private static void make(Workbench bench, Store store, RamLayout layout, int layers)
      throws IOException {
    Random random = bench.random();
    int pages = Math.toIntExact(layout.totalBytes() / PAGE);
    int dirty = bench.dirtyPages(pages);
    try (MadeChain made = new MadeChain(store.create(CHAINS.get(0), PAGE))) {
      made.whole(new PagesImage(layout, PagesImage.run(0, pages), 0, DeviceState.NONE));
      for (int n = 1; n <= layers; n++) {
        long[] changed = bench.hotSet().draw(random, dirty, pages);
        made.append(new PagesImage(layout, changed, n, DeviceState.NONE));
      }
      store.fork(made.chain(), layers, CHAINS.get(1));
      store.fork(made.chain(), layers, CHAINS.get(2));
    }
    try (Chain merged = store.open(CHAINS.get(1));
        Chain compacted = store.open(CHAINS.get(2))) {
      new Merger(merged, Policies.DEFAULT).run();
      new Merger(compacted, Policies.DEFAULT).compact();
    }
  }

  /** A chain as a page server has it open. */
  private static final class Looked implements Closeable {
    private final Chain chain;
    private final ChainSnapshot snapshot;
    private final long tip;
    private final PageReader reader;
    private final MemorySegment window;
    private PointProjection projection;

    private Looked(Chain chain, ChainSnapshot snapshot, Arena arena) throws IOException {
      this.chain = chain;
      this.snapshot = snapshot;
      this.tip = snapshot.manifest().tip().orElseThrow().number();
      this.reader = new PageReader(PAGE, arena);
      this.window = arena.allocate((long) PointProjection.WORD_PAGES * PAGE, PAGE);
      this.projection = new PointProjection(snapshot.view(tip));
    }

    static Looked open(Store store, String name, Arena arena) throws IOException {
      Chain chain = store.open(name);
      return new Looked(chain, chain.snapshot(), arena);
    }

    /** Forgets what it knows of the point. */
    void forget() throws IOException {
      projection.close();
      projection = new PointProjection(snapshot.view(tip));
    }

    void look(long page) throws IOException {
      long slot = page % PointProjection.WORD_PAGES;
      long present = projection.read(reader, 0, page - slot, 1L << slot, window);
      if (present == 0 || window.get(ValueLayout.JAVA_LONG, slot * PAGE) != page) {
        throw new IOException("page " + page + ": found another one");
      }
    }

    int layers() {
      return snapshot.manifest().layers().size();
    }

    @Override
    public void close() throws IOException {
      projection.close();
      reader.close();
      snapshot.close();
      chain.close();
    }
  }

  /** The measurements. */
  private record Run(Workbench bench, Rows rows, RawFile flat, List<Looked> chains) {

    private long[] pages(Random random, int count) {
      return random.longs(count, 0, flat.layout().totalBytes() / PAGE).toArray();
    }

    private static long each(Looked chain, long[] pages) throws IOException {
      return Timing.of(
          () -> {
            for (long page : pages) {
              chain.look(page);
            }
          });
    }

    private void preads(long[] pages, MemorySegment into) throws IOException {
      for (long page : pages) {
        flat.read(0, page, into);
      }
    }

    /** Returns what the works take: those of the chains, of preads, of copies. */
    private long[] turns(long[] pages, Timing.Work deep, Timing.Work merged, Timing.Work one)
        throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment into = arena.allocate(PAGE, PAGE);
        MemorySegment from = arena.allocate(PAGE * 256L, PAGE);
        return Timing.medians(
            ROUNDS,
            deep,
            merged,
            one,
            () -> Timing.of(() -> preads(pages, into)),
            () ->
                Timing.of(
                    () -> {
                      for (long page : pages) {
                        into.copyFrom(from.asSlice(page % 256 * PAGE, PAGE));
                      }
                    }));
      }
    }

    void warm() throws IOException {
      long[] pages = pages(bench.random(), bench.pick(2000, 50_000));
      for (Looked chain : chains) {
        each(chain, pages); // plans the regions
      }
      long[] before = chains.stream().mapToLong(chain -> chain.reader.reads()).toArray();
      long[] nanos =
          turns(
              pages,
              () -> each(chains.get(0), pages),
              () -> each(chains.get(1), pages),
              () -> each(chains.get(2), pages));
      long lookups = (long) pages.length * (ROUNDS + 1 + ROUNDS / 2);
      for (int i = 0; i < chains.size(); i++) {
        double reads = (double) (chains.get(i).reader.reads() - before[i]) / lookups;
        rows.add(
            Row.beside(
                "a page, warm, out of " + depth(i) + " (floor: pread)",
                nanos(nanos[i], pages.length),
                nanos(nanos[3], pages.length),
                (double) nanos[i] / nanos[3]));
        rows.add(Row.atMost("  reads of files for it", Double.toString(reads), "", reads, 1));
      }
      rows.add(
          Row.beside(
              "  " + depth(0) + " against one",
              nanos(nanos[0], pages.length),
              nanos(nanos[2], pages.length),
              (double) nanos[0] / nanos[2]));
      rows.add(Row.note("  a copy of a page in memory", nanos(nanos[4], pages.length)));
    }

    /** The first page of every region: its indexes are read and planned. */
    void first() throws IOException {
      long count = flat.layout().totalBytes() / PAGE;
      long[] pages = new long[(int) Math.max(1, count / Versions.REGION_PAGES)];
      for (int i = 0; i < pages.length; i++) {
        pages[i] = (long) i * Versions.REGION_PAGES;
      }
      long[] nanos =
          turns(
              pages,
              () -> fresh(chains.get(0), pages),
              () -> fresh(chains.get(1), pages),
              () -> fresh(chains.get(2), pages));
      for (int i = 0; i < chains.size(); i++) {
        rows.add(
            Row.beside(
                "first page of a region, out of " + depth(i) + " (floor: one)",
                nanos(nanos[i], pages.length),
                nanos(nanos[2], pages.length),
                (double) nanos[i] / nanos[2]));
      }
    }

    private static long fresh(Looked chain, long[] pages) throws IOException {
      chain.forget();
      return each(chain, pages);
    }

    void cold(Path flatFile) throws IOException {
      ColdFiles cold = new ColdFiles();
      List<Path> stored = List.of(bench.file(STORE));
      long[] pages = pages(bench.random(), COLD_PAGES);
      long least = COLD_PAGES * (long) PAGE / 4; // neighbours come with each other
      for (Looked chain : chains) {
        each(chain, pages);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment into = arena.allocate(PAGE, PAGE);
        long[] nanos =
            Timing.medians(
                ROUNDS,
                () -> cold.time(stored, least, () -> each(chains.get(0), pages)),
                () -> cold.time(stored, least, () -> each(chains.get(1), pages)),
                () -> cold.time(stored, least, () -> each(chains.get(2), pages)),
                () -> cold.time(List.of(flatFile), least, () -> preads(pages, into)));
        for (int i = 0; i < chains.size(); i++) {
          String work = "a page, cold, out of " + depth(i) + " (floor: cold pread)";
          rows.add(
              cold.wereCold()
                  ? Row.beside(
                      work,
                      nanos(nanos[i], pages.length),
                      nanos(nanos[3], pages.length),
                      (double) nanos[i] / nanos[3])
                  : Row.notCold(work));
        }
      }
    }

    private String depth(int i) {
      int layers = chains.get(i).layers();
      return switch (i) {
        case 0 -> layers + " layers";
        case 1 -> "merged ones, " + layers + " left";
        default -> "one layer";
      };
    }

    private static String nanos(long all, int count) {
      return String.format(Locale.ROOT, "%.2f µs", all / 1e3 / count);
    }
  }
}
