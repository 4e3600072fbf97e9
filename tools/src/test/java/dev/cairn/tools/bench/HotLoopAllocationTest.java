package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Environment;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.PageSink;
import dev.cairn.chain.PointProjection;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is allocated for each page: less than an object where pages are read, compared and restored;
 * no more than is known where each page is a system call, or is encoded. A work is done for some
 * pages and for twice as many, and what the second allocates more is divided by them; all threads
 * count. What is not compiled yet allocates more, so it may be tried again.
 */
class HotLoopAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int PAGE = 512;
  private static final int PAGES = 1 << 15;

  /** The smallest object. The columns of its region's index are all that a page may cost. */
  private static final double NO_OBJECT = 16;

  /** The same, and the plan of a region, which every window makes anew: 17 bytes a page. */
  private static final double A_PLAN = 32;

  /** What the JDK takes for a read of a file: slices and a buffer. */
  private static final double A_READ = 170;

  /** What a page takes that is stored: slices of it, a buffer for its checksum. */
  private static final double A_PAGE_STORED = 170;

  /** What one more takes that is compressed. */
  private static final double A_PAGE_COMPRESSED = 260;

  /** What a version takes that is merged: its part of a region, read and written. */
  private static final double A_VERSION_MERGED = 64;

  private static final int WARM = 5;
  private static final int ATTEMPTS = 60;

  private final Path directory;

  HotLoopAllocationTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private interface Work {
    void run(int pages) throws IOException;
  }

  private static void assertAtMost(double bytes, Work work) throws IOException {
    double least = Double.MAX_VALUE;
    for (int i = 0; i < ATTEMPTS && (i < WARM || least >= bytes); i++) {
      long before = THREADS.getTotalThreadAllocatedBytes();
      work.run(PAGES);
      long between = THREADS.getTotalThreadAllocatedBytes();
      work.run(2 * PAGES);
      long after = THREADS.getTotalThreadAllocatedBytes();
      double each = ((after - between) - (between - before)) / (double) PAGES;
      if (i >= WARM - 1) {
        least = Math.min(least, Math.abs(each));
      }
    }
    double found = least;
    assertTrue(found < bytes, () -> found + " bytes for each page");
  }

  private Store store(String name) throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5));
    return Store.create(FileSystemDirectory.create(directory.resolve(name)), environment);
  }

  private static RamLayout layout(int pages) {
    return PagesImage.layout(PAGE, pages);
  }

  private static PagesImage whole(int pages, long version) {
    return new PagesImage(layout(pages), PagesImage.run(0, pages), version, DeviceState.NONE);
  }

  private static Chain chain(Store store, int pages) throws IOException {
    Chain chain = store.create("vm-" + pages, PAGE);
    checkpoint(chain, whole(pages, 0), FrameCodec.PLAIN, false);
    return chain;
  }

  private static void checkpoint(Chain chain, PageImage image, FrameCodec codec, boolean delta)
      throws IOException {
    new Checkpointer(chain)
        .checkpoint(image, new Checkpointer.Options("", delta, codec, 2), Progress.NONE);
  }

  @Test
  void restoring() throws IOException {
    try (Store store = store("s");
        Chain one = chain(store, PAGES);
        Chain two = chain(store, 2 * PAGES)) {
      assertAtMost(
          NO_OBJECT,
          pages -> {
            try (ChainSnapshot snapshot = (pages == PAGES ? one : two).snapshot()) {
              new Restorer(snapshot.view(0), new Nowhere(), Progress.NONE).run(2);
            }
          });
    }
  }

  @Test
  void comparingAnImageWithTheTip() throws IOException {
    PagesImage first = whole(PAGES, 0);
    PagesImage second = whole(2 * PAGES, 0);
    try (Store store = store("s");
        Chain one = chain(store, PAGES);
        Chain two = chain(store, 2 * PAGES)) {
      assertAtMost(
          A_PLAN,
          pages ->
              checkpoint(
                  pages == PAGES ? one : two,
                  pages == PAGES ? first : second,
                  FrameCodec.PLAIN,
                  false));
    }
  }

  private void writing(FrameCodec codec) throws IOException {
    try (Store store = store(codec.text());
        Chain chain = chain(store, 4 * PAGES)) {
      PagesImage[] images = new PagesImage[2];
      for (int i = 0; i < 2; i++) {
        long[] run = PagesImage.run(0, (i + 1) * PAGES);
        images[i] = new PagesImage(layout(4 * PAGES), run, 1, DeviceState.NONE);
      }
      assertAtMost(
          codec == FrameCodec.PLAIN ? A_PAGE_STORED : A_PAGE_COMPRESSED,
          pages -> checkpoint(chain, images[pages / PAGES - 1], codec, true));
    }
  }

  @Test
  void writingPlainPages() throws IOException {
    writing(FrameCodec.PLAIN);
  }

  @Test
  void writingLz4() throws IOException {
    writing(FrameCodec.LZ4);
  }

  @Test
  void writingZstd() throws IOException {
    writing(FrameCodec.ZSTD);
  }

  @Test
  void merging() throws IOException {
    try (Store store = store("s")) {
      int[] forks = {0};
      try (Chain one = chain(store, PAGES);
          Chain two = chain(store, 2 * PAGES)) {
        for (int n = 1; n <= 2; n++) {
          checkpoint(one, whole(PAGES, n), FrameCodec.PLAIN, true);
          checkpoint(two, whole(2 * PAGES, n), FrameCodec.PLAIN, true);
        }
        assertAtMost(
            A_VERSION_MERGED,
            pages -> {
              String name = "fork-" + forks[0]++;
              store.fork(pages == PAGES ? one : two, 2, name);
              try (Chain fork = store.open(name)) {
                new Merger(fork, Policies.DEFAULT).compact();
              }
            });
      }
    }
  }

  @Test
  void lookingUpSinglePages() throws IOException {
    try (Store store = store("s");
        Chain chain = chain(store, PAGES);
        ChainSnapshot snapshot = chain.snapshot();
        Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(PAGE, arena);
        PointProjection projection = new PointProjection(snapshot.view(0))) {
      MemorySegment window = arena.allocate((long) PointProjection.WORD_PAGES * PAGE, 4096);
      assertAtMost(
          A_READ,
          pages -> {
            for (int i = 0; i < pages; i++) {
              long page = i * 7919L % PAGES;
              long slot = page % PointProjection.WORD_PAGES;
              projection.read(reader, 0, page - slot, 1L << slot, window);
            }
          });
    }
  }

  /** A sink that keeps nothing. */
  private static final class Nowhere implements PageSink {
    @Override
    public void begin(RamLayout layout, DeviceState state) {}

    @Override
    public void write(int block, long page, MemorySegment data) {}

    @Override
    public void finish() {}

    @Override
    public void close() {}
  }
}
