package dev.cairn.chain;

import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.file.Versions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a restore point into a sink: region by region, several at once. Each page's owner is
 * planned once, each page read once, checked, and written once. Not thread-safe.
 */
public final class Restorer {
  private static final long PIECE_BYTES = 4 << 20;

  /**
   * Each thread takes a piece and a reader's buffer, 4.6 MiB: so many stay below the 64 MiB that a
   * restore may take.
   */
  static final int MOST_THREADS = 12;

  private final PointView view;
  private final PageSink sink;
  private final Progress progress;
  private final int pageSize;
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong nextRegion = new AtomicLong();
  private final List<Work> work = new ArrayList<>();

  /**
   * One region of one block.
   *
   * @param block index into the layout
   * @param region number within the block
   */
  private record Work(int block, long region) {}

  public Restorer(PointView view, PageSink sink, Progress progress) {
    this.view = view;
    this.sink = sink;
    this.progress = progress;
    this.pageSize = view.layout().pageSize();
  }

  /**
   * Restores everything and finishes the sink. The caller closes the sink.
   *
   * @param wanted threads that read and write; more than {@link #MOST_THREADS} are not used
   */
  public void run(int wanted) throws IOException {
    int threads = Math.min(wanted, MOST_THREADS);
    sink.begin(view.layout(), view.deviceState());
    PointLayout layout = view.point().layout();
    for (int block = 0; block < layout.ordinals().size(); block++) {
      long pages = layout.layout().blocks().get(block).pages(pageSize);
      for (long at = 0; at < pages; at += Versions.REGION_PAGES) {
        work.add(new Work(block, at / Versions.REGION_PAGES));
      }
    }
    try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        futures.add(
            workers.submit(
                () -> {
                  drain();
                  return null;
                }));
      }
      try {
        for (Future<?> future : futures) {
          future.get();
        }
      } catch (ExecutionException e) {
        nextRegion.set(work.size());
        if (e.getCause() instanceof IOException io) {
          throw io;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        nextRegion.set(work.size());
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("restore interrupted; nothing was left behind");
      }
    }
    sink.finish();
  }

  private void drain() throws IOException {
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(pageSize, arena)) {
      MemorySegment buffer = arena.allocate(pieceBytes(), 4096);
      RegionPlan plan = view.plan();
      for (long i = nextRegion.getAndIncrement();
          i < work.size();
          i = nextRegion.getAndIncrement()) {
        restore(work.get((int) i), plan, reader, buffer);
      }
    }
  }

  /** A small machine takes little: a piece is never longer than the largest block. */
  private long pieceBytes() {
    return view.layout().blocks().stream()
        .mapToLong(block -> Math.min(PIECE_BYTES, block.length()))
        .max()
        .orElse(0);
  }

  private void restore(Work w, RegionPlan plan, PageReader reader, MemorySegment buffer)
      throws IOException {
    long first = w.region * Versions.REGION_PAGES;
    long blockPages = view.layout().blocks().get(w.block).pages(pageSize);
    int count = (int) Math.min(Versions.REGION_PAGES, blockPages - first);
    plan.load(Directory.keyOf(view.ordinal(w.block), first));
    int most = (int) (PIECE_BYTES / pageSize);
    for (int page = 0; page < count; page += most) {
      int end = Math.min(count, page + most);
      plan.readPresent(reader, page, buffer.asSlice(0, (long) (end - page) * pageSize));
      for (int from = nextPresent(plan, page, end); from < end; ) {
        int to = from + 1;
        while (to < end && plan.isPresent(to)) {
          to++;
        }
        sink.write(
            w.block,
            first + from,
            buffer.asSlice((long) (from - page) * pageSize, (long) (to - from) * pageSize));
        from = nextPresent(plan, to, end);
      }
    }
    progress.at(done.addAndGet((long) count * pageSize), view.layout().totalBytes());
  }

  private static int nextPresent(RegionPlan plan, int from, int end) {
    int page = from;
    while (page < end && !plan.isPresent(page)) {
      page++;
    }
    return page;
  }
}
