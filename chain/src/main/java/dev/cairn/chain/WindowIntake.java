package dev.cairn.chain;

import dev.cairn.store.file.Bytes;
import dev.cairn.store.file.Crc;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.file.Versions;
import dev.cairn.store.io.Segments;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the pages of an image that differ from the tip, part by part. Windows of 4 MiB are read and
 * compared by several threads, in pieces that stay in a core's cache; their changed pages are
 * handed on by one thread, in order. The windows of one region share its plan. Every comparison is
 * byte by byte. Not thread-safe.
 *
 * <p>A page that the image does not have is zero; of a delta it is unchanged, unless the tip's
 * block did not reach that far: then it is zero, so that no older content comes back when a block
 * grows.
 */
final class WindowIntake implements Closeable {
  private static final long WINDOW_BYTES = 4 << 20;
  private static final long PIECE_BYTES = 256 << 10;

  /**
   * Windows under way. Each one takes at most its changed pages, two pieces and a reader's buffer:
   * 5.1 MiB, so that all of them stay below the 64 MiB that a comparison may take.
   */
  static final int MOST_SLOTS = 10;

  /**
   * A window of one block, within one region.
   *
   * @param block index into the image's layout
   * @param from first page
   * @param to page behind the last
   * @param below the region at the tip, if there is one
   */
  private record Window(int block, long from, long to, Optional<Future<RegionPlan>> below) {}

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
    private final PageReader reader = PageReader.unchecked(pageSize, arena);
    private final MemorySegment image = arena.allocate(PIECE_BYTES, 4096);
    private final MemorySegment tip = arena.allocate(PIECE_BYTES, 4096);
    private final List<MemorySegment> kept = new ArrayList<>();
    private final Crc crc = new Crc();
    private final BitSet present = new BitSet();
    private int[] crcs = new int[64];
    private int keptPages;

    void keep(MemorySegment page) {
      if (keptPages == crcs.length) {
        crcs = Arrays.copyOf(crcs, 2 * keptPages);
      }
      crcs[keptPages] = crc.of(page);
      kept(keptPages++).copyFrom(page);
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

  private final Intake intake;
  private final ChangedPages changes;
  private final PointLayout layout;
  private final LongConsumer progress;
  private final int pageSize;
  private final int slots;
  private final Deque<Slot> free = new ArrayDeque<>();
  private final Deque<Pending> underWay = new ArrayDeque<>();
  private final ExecutorService workers;

  /**
   * @param changes takes what differs
   * @param progress told of bytes as they are done
   */
  WindowIntake(Intake intake, ChangedPages changes, LongConsumer progress) {
    this.intake = intake;
    this.changes = changes;
    this.layout = intake.layout();
    this.progress = progress;
    this.pageSize = layout.layout().pageSize();
    this.slots = Math.min(2 * intake.options().threads(), MOST_SLOTS);
    this.workers = Executors.newFixedThreadPool(Math.min(intake.options().threads(), slots));
  }

  /** Takes pages [from, to) of a block. */
  void take(int block, long from, long to) throws IOException {
    long step = WINDOW_BYTES / pageSize;
    Optional<Future<RegionPlan>> below = plan(block, from);
    for (long region = from; region < to; ) {
      long end = Math.min(to, region - region % Versions.REGION_PAGES + Versions.REGION_PAGES);
      // A region ahead, so that the windows need not wait. A plan waits for nothing, and whoever
      // waits for it was submitted after it: the workers cannot all wait.
      Optional<Future<RegionPlan>> next = end < to ? plan(block, end) : Optional.empty();
      for (long at = region; at < end; at += step) {
        submit(new Window(block, at, Math.min(end, at + step), below));
      }
      below = next;
      region = end;
    }
    while (!underWay.isEmpty()) {
      free.add(take());
    }
  }

  private Optional<Future<RegionPlan>> plan(int block, long page) {
    long key = Directory.keyOf(layout.ordinals().get(block), page);
    return intake
        .snapshot()
        .manifest()
        .tip()
        .map(
            tip ->
                workers.submit(
                    () -> {
                      RegionPlan plan = new RegionPlan(intake.snapshot(), tip.number());
                      plan.load(key);
                      return plan;
                    }));
  }

  private void submit(Window window) throws IOException {
    if (free.isEmpty()) {
      free.add(underWay.size() == slots ? take() : new Slot());
    }
    Slot slot = free.remove();
    underWay.add(new Pending(slot, workers.submit(() -> compare(window, slot))));
  }

  @Override
  public void close() {
    underWay.forEach(pending -> pending.future.cancel(false));
    workers.close();
    underWay.forEach(pending -> pending.slot.close());
    free.forEach(Slot::close);
  }

  /** Hands the oldest window's changes on and gives its memory back. */
  private Slot take() throws IOException {
    Pending oldest = underWay.element();
    handOn(get(oldest.future), oldest.slot);
    return underWay.remove().slot;
  }

  private static <T> T get(Future<T> future) throws IOException {
    try {
      return future.get();
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

  private void handOn(Compared c, Slot slot) throws IOException {
    Window w = c.window;
    int ordinal = layout.ordinals().get(w.block);
    int kept = 0;
    for (int i = c.changed.nextSetBit(0); i >= 0; i = c.changed.nextSetBit(i + 1)) {
      if (c.zero.get(i)) {
        changes.zero(ordinal, w.from + i);
      } else {
        changes.page(ordinal, w.from + i, slot.kept(kept), slot.crcs[kept++]);
      }
    }
    long bytes = (w.to - w.from) * pageSize;
    changes.compared(bytes);
    progress.accept(bytes);
  }

  private Compared compare(Window w, Slot slot) throws IOException {
    slot.keptPages = 0;
    Compared compared = new Compared(w, new BitSet(), new BitSet());
    RegionPlan below = w.below.isPresent() ? get(w.below.get()) : null;
    for (long at = w.from; at < w.to; at += PIECE_BYTES / pageSize) {
      comparePiece(compared, at, Math.min(w.to, at + PIECE_BYTES / pageSize), slot, below);
    }
    return compared;
  }

  /** Compares pages [from, end) with what is below them. */
  private void comparePiece(Compared c, long from, long end, Slot slot, @Nullable RegionPlan plan)
      throws IOException {
    Window w = c.window;
    int ordinal = layout.ordinals().get(w.block);
    int count = (int) (end - from);
    int inRegion = (int) (from % Versions.REGION_PAGES);
    int inWindow = (int) (from - w.from);
    long reach = intake.options().delta() ? Checkpointer.reach(intake.snapshot(), ordinal) : 0;
    readImage(w.block, from, end, slot);
    if (plan != null) {
      plan.readPresent(slot.reader, inRegion, slot.tip.asSlice(0, (long) count * pageSize));
    }
    for (int i = 0; i < count; i++) {
      boolean below = plan != null && plan.isPresent(inRegion + i);
      if (!slot.present.get(i)) {
        // Of a delta it is unchanged, unless the block has grown.
        boolean gone = below && from + i >= reach;
        c.changed.set(inWindow + i, gone);
        c.zero.set(inWindow + i, gone);
        continue;
      }
      long at = (long) i * pageSize;
      if (below
          && Segments.equal(slot.image, at, slot.tip, at, pageSize)
          && !isZero(slot.image, at)) {
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

  /**
   * A page that the disk has lost reads as zeros, most often, and then equals one that the machine
   * has cleared since: it is stored, as the tip's is not checked here.
   */
  private boolean isZero(MemorySegment image, long at) {
    return image.get(ValueLayout.JAVA_LONG, at) == 0 && Bytes.isZero(image.asSlice(at, pageSize));
  }

  private void readImage(int block, long from, long end, Slot slot) throws IOException {
    slot.present.clear();
    PageImage image = intake.image();
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
