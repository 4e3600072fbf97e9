package dev.cairn.tools.bench;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.PointProjection;
import dev.cairn.chain.RegionPlan;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Region;
import dev.cairn.store.io.FileSystemOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Lookups in the index of one region, which is full in the base, and plans of it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class IndexBenchmark {
  private static final int PAGE = 4096;
  private static final int PAGES = 4096;
  private static final int POINTS = 64;

  /** Layers of 200 pages each, or one that has all of their versions. */
  @Param({"1", "8", "64"})
  public int layers;

  private Workbench bench;
  private Store store;
  private MadeChain made;
  private Arena arena;
  private PageReader reader;
  private MemorySegment window;
  private ChainSnapshot snapshot;
  private PointProjection projection;
  private RegionPlan plan;
  private Region newest;
  private int page;

  @Setup
  public void make() throws IOException {
    bench =
        Workbench.create(
            Path.of(System.getProperty("java.io.tmpdir")), true, FileSystemOptions.standard());
    store = bench.makeStore("index");
    made = new MadeChain(store.create("vm", PAGE));
    RamLayout layout = PagesImage.layout(PAGE, PAGES);
    made.whole(new PagesImage(layout, PagesImage.run(0, PAGES), 0, DeviceState.NONE));
    Random random = new Random(1);
    for (int n = 1; n <= (layers == 1 ? POINTS : layers); n++) {
      long[] dirty = PagesImage.scattered(random, 200, PAGES);
      made.append(new PagesImage(layout, dirty, n, DeviceState.NONE));
    }
    if (layers == 1) {
      new Merger(made.chain(), Policies.DEFAULT).compact();
    }
    snapshot = made.hold();
    long tip = snapshot.manifest().tip().orElseThrow().number();
    arena = Arena.ofConfined();
    reader = new PageReader(PAGE, arena);
    window = arena.allocate((long) PointProjection.WORD_PAGES * PAGE, PAGE);
    projection = new PointProjection(snapshot.view(tip));
    plan = new RegionPlan(snapshot, tip);
    newest = snapshot.file(snapshot.manifest().layers().getLast()).region(0);
  }

  @TearDown
  public void close() throws IOException {
    projection.close();
    reader.close();
    arena.close();
    made.close();
    store.close();
    bench.close();
  }

  private int next() {
    page = (page + 1597) % PAGES;
    return page;
  }

  /** One page's version in one region that is open. */
  @Benchmark
  public int lookup() {
    return newest.find(next(), Long.MAX_VALUE);
  }

  @Benchmark
  public int rank() {
    return newest.rank(next());
  }

  /** All pages of the region at once, out of all layers; their indexes are read anew. */
  @Benchmark
  public boolean planOfARegion() throws IOException {
    plan.load(Directory.keyOf(0, 0));
    return plan.isPresent(0);
  }

  /** One page out of the point, once its region is planned: one pread and a check. */
  @Benchmark
  public long pageOfAPoint() throws IOException {
    int number = next();
    int slot = number % PointProjection.WORD_PAGES;
    return projection.read(reader, 0, number - slot, 1L << slot, window);
  }
}
