package dev.cairn.chain;

import dev.cairn.store.file.Bytes;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.LayerWriter;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.file.Versions;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * Moves the pages of an image that differ from the tip into a layer, part by part. Windows of 4 MiB
 * are read and compared by several threads, in pieces that stay in a core's cache; their changed
 * pages are written by one thread, in order. Every comparison is byte by byte. Not thread-safe.
 *
 * <p>A page that the image does not have is zero; of a delta it is unchanged, unless the tip's
 * block did not reach that far: then it is zero, so that no older content comes back when a block
 * grows.
 */
final class WindowIntake implements Closeable {
  private static final long WINDOW_BYTES = 4 << 20;
  private static final long PIECE_BYTES = 256 << 10;

  /**
   * A window of one block.
   *
   * @param block index into the image's layout
   * @param from first page
   * @param to page behind the last
   */
  private record Window(int block, long from, long to) {}

  /**
   * What became of a window: changed pages that are not zero are kept by its slot, in order.
   *
   * @param changed pages that go into the layer
   * @param zero those of them that are zero
   */
  private record Compared(Window window, BitSet changed, BitSet zero) {}

  /** A window that a worker has, and the memory that comes back with it. */
  private record Pending(Slot slot, Future<Compared> future) {}

  /** Memory for one window under way. */
  private final class Slot implements Closeable {
    private final Arena arena = Arena.ofShared();
    private final PageReader reader = new PageReader(pageSize);
    private final MemorySegment image = arena.allocate(PIECE_BYTES, 4096);
    private final MemorySegment tip = arena.allocate(PIECE_BYTES, 4096);
    private final RegionPlan plan;
    private final List<MemorySegment> kept = new ArrayList<>();
    private final BitSet present = new BitSet();
    private long planned = -1;
    private int keptPages;

    Slot(long tipNumber) {
      plan = new RegionPlan(snapshot, tipNumber);
    }

    void plan(long key) throws IOException {
      if (key != planned) {
        planned = -1;
        plan.load(key);
        planned = key;
      }
    }

    void keep(MemorySegment page) {
      MemorySegment place = kept(keptPages++);
      place.copyFrom(page);
    }

    /** Returns the i-th page that was kept. */
    MemorySegment kept(int i) {
      int inPiece = (int) (PIECE_BYTES / pageSize);
      if (i / inPiece == kept.size()) {
        kept.add(arena.allocate(PIECE_BYTES, 4096));
      }
      return kept.get(i / inPiece).asSlice((long) (i % inPiece) * pageSize, pageSize);
    }

    @Override
    public void close() {
      reader.close();
      arena.close();
    }
  }

  private final ChainSnapshot snapshot;
  private final PageImage image;
  private final PointLayout layout;
  private final LayerWriter writer;
  private final Checkpointer.Options options;
  private final LongConsumer progress;
  private final int pageSize;
  private final OptionalLong tip;
  private final Deque<Slot> free = new ArrayDeque<>();
  private final Deque<Pending> underWay = new ArrayDeque<>();
  private final ExecutorService workers;

  /**
   * @param progress told of bytes as they are done
   */
  WindowIntake(
      ChainSnapshot snapshot,
      PageImage image,
      PointLayout layout,
      LayerWriter writer,
      Checkpointer.Options options,
      LongConsumer progress) {
    this.snapshot = snapshot;
    this.image = image;
    this.layout = layout;
    this.writer = writer;
    this.options = options;
    this.progress = progress;
    this.pageSize = layout.layout().pageSize();
    this.tip =
        snapshot
            .manifest()
            .tip()
            .map(t -> OptionalLong.of(t.number()))
            .orElse(OptionalLong.empty());
    this.workers = Executors.newFixedThreadPool(options.threads());
  }

  /** Takes pages [from, to) of a block. */
  void take(int block, long from, long to) throws IOException {
    long step = WINDOW_BYTES / pageSize;
    for (long at = from; at < to; at += step) {
      Window window = new Window(block, at, Math.min(to, at + step));
      if (free.isEmpty()) {
        boolean full = underWay.size() == 2 * options.threads();
        free.add(full ? take() : new Slot(tip.orElse(-1)));
      }
      Slot slot = free.remove();
      underWay.add(new Pending(slot, workers.submit(() -> compare(window, slot))));
    }
    while (!underWay.isEmpty()) {
      free.add(take());
    }
  }

  @Override
  public void close() {
    underWay.forEach(pending -> pending.future.cancel(false));
    workers.close();
    underWay.forEach(pending -> pending.slot.close());
    free.forEach(Slot::close);
  }

  /** Writes the oldest window and gives its memory back. */
  private Slot take() throws IOException {
    Pending oldest = underWay.element();
    try {
      write(oldest.future.get(), oldest.slot);
      return underWay.remove().slot;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("checkpoint interrupted; nothing was stored");
    }
  }

  private void write(Compared c, Slot slot) throws IOException {
    Window w = c.window;
    int ordinal = layout.ordinals().get(w.block);
    int kept = 0;
    for (int i = c.changed.nextSetBit(0); i >= 0; i = c.changed.nextSetBit(i + 1)) {
      if (c.zero.get(i)) {
        writer.addZero(ordinal, w.from + i);
      } else {
        writer.add(ordinal, w.from + i, slot.kept(kept++));
      }
    }
    progress.accept((w.to - w.from) * pageSize);
  }

  private Compared compare(Window w, Slot slot) throws IOException {
    slot.keptPages = 0;
    Compared compared = new Compared(w, new BitSet(), new BitSet());
    for (long at = w.from; at < w.to; ) {
      long endOfRegion = at - at % Versions.REGION_PAGES + Versions.REGION_PAGES;
      long end = Math.min(Math.min(w.to, at + PIECE_BYTES / pageSize), endOfRegion);
      comparePiece(compared, at, end, slot);
      at = end;
    }
    return compared;
  }

  /** Compares pages [from, end), which lie in one region. */
  private void comparePiece(Compared c, long from, long end, Slot slot) throws IOException {
    Window w = c.window;
    int ordinal = layout.ordinals().get(w.block);
    int count = (int) (end - from);
    int inRegion = (int) (from % Versions.REGION_PAGES);
    int inWindow = (int) (from - w.from);
    long reach = options.delta() ? Checkpointer.reach(snapshot, ordinal) : 0;
    readImage(w.block, from, end, slot);
    if (tip.isPresent()) {
      slot.plan(Directory.keyOf(ordinal, from));
      slot.plan.readPresent(slot.reader, inRegion, slot.tip.asSlice(0, (long) count * pageSize));
    }
    for (int i = 0; i < count; i++) {
      boolean below = tip.isPresent() && slot.plan.isPresent(inRegion + i);
      if (!slot.present.get(i)) {
        // Of a delta it is unchanged, unless the block has grown.
        boolean gone = below && from + i >= reach;
        c.changed.set(inWindow + i, gone);
        c.zero.set(inWindow + i, gone);
        continue;
      }
      long at = (long) i * pageSize;
      if (below
          && MemorySegment.mismatch(slot.image, at, at + pageSize, slot.tip, at, at + pageSize)
              < 0) {
        continue;
      }
      MemorySegment page = slot.image.asSlice(at, pageSize);
      if (!Bytes.isZero(page)) {
        c.changed.set(inWindow + i);
        slot.keep(page);
      } else if (below) {
        c.changed.set(inWindow + i);
        c.zero.set(inWindow + i);
      }
    }
  }

  private void readImage(int block, long from, long end, Slot slot) throws IOException {
    slot.present.clear();
    image.presentRuns(
        block,
        from,
        end,
        (page, count) -> {
          int at = (int) (page - from);
          image.read(block, page, slot.image.asSlice((long) at * pageSize, count * pageSize));
          slot.present.set(at, (int) (at + count));
        });
  }
}
