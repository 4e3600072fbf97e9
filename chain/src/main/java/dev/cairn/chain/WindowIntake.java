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
import java.util.BitSet;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * Moves the pages of an image that differ from the tip into a layer, part by part. Windows of 4 MiB
 * are read and compared by several threads; their changed pages are written by one, in order. Every
 * comparison is byte by byte. Not thread-safe.
 *
 * <p>A page that the image does not have is zero; of a delta it is unchanged, unless the tip's
 * block did not reach that far: then it is zero, so that no older content comes back when a block
 * grows.
 */
final class WindowIntake implements Closeable {
  private static final long WINDOW_BYTES = 4 << 20;

  /**
   * A window of one block.
   *
   * @param block index into the image's layout
   * @param from first page
   * @param to page behind the last
   */
  private record Window(int block, long from, long to) {}

  /**
   * What a window holds: its pages are in its slot's memory.
   *
   * @param changed pages that go into the layer
   * @param zero those of them that are zero
   */
  private record Compared(Window window, BitSet changed, BitSet zero) {}

  /** A window that a worker has, and the memory that comes back with it. */
  private record Pending(Slot slot, Future<Compared> future) {}

  /** Memory for one window under way, taken when it is first needed. */
  private static final class Slot {
    private final Arena arena = Arena.ofShared();
    private final PageReader reader;
    private MemorySegment image = MemorySegment.NULL;
    private MemorySegment tip = MemorySegment.NULL;

    Slot(int pageSize) {
      reader = new PageReader(pageSize);
    }

    MemorySegment image() {
      image = image.byteSize() == 0 ? arena.allocate(WINDOW_BYTES, 4096) : image;
      return image;
    }

    MemorySegment tip() {
      tip = tip.byteSize() == 0 ? arena.allocate(WINDOW_BYTES, 4096) : tip;
      return tip;
    }

    void close() {
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
    this.workers = Executors.newFixedThreadPool(options.threads());
  }

  /** Takes pages [from, to) of a block. */
  void take(int block, long from, long to) throws IOException {
    long step = WINDOW_BYTES / pageSize;
    for (long at = from; at < to; at += step) {
      Window window = new Window(block, at, Math.min(to, at + step));
      if (free.isEmpty()) {
        boolean full = underWay.size() == 2 * options.threads();
        free.add(full ? take() : new Slot(pageSize));
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
    for (int i = c.changed.nextSetBit(0); i >= 0; i = c.changed.nextSetBit(i + 1)) {
      if (c.zero.get(i)) {
        writer.addZero(ordinal, w.from + i);
      } else {
        writer.add(ordinal, w.from + i, slot.image().asSlice((long) i * pageSize, pageSize));
      }
    }
    progress.accept((w.to - w.from) * pageSize);
  }

  private Compared compare(Window w, Slot slot) throws IOException {
    int count = (int) (w.to - w.from);
    BitSet present = readImage(w, slot);
    BitSet changed = new BitSet(count);
    BitSet zero = new BitSet(count);
    int ordinal = layout.ordinals().get(w.block);
    long reach = Checkpointer.reach(snapshot, ordinal);
    BitSet below = readTip(w, slot, ordinal);
    for (int i = 0; i < count; i++) {
      boolean unchanged = options.delta() && w.from + i < reach && !present.get(i);
      if (unchanged || (!present.get(i) && !below.get(i))) {
        continue;
      }
      long at = (long) i * pageSize;
      if (!present.get(i)) {
        changed.set(i);
        zero.set(i);
      } else if (below.get(i)) {
        changed.set(i, differs(slot, at));
      } else {
        changed.set(i, !Bytes.isZero(slot.image().asSlice(at, pageSize)));
      }
    }
    markZeros(slot, changed, zero);
    return new Compared(w, changed, zero);
  }

  private boolean differs(Slot slot, long at) {
    return MemorySegment.mismatch(slot.image(), at, at + pageSize, slot.tip(), at, at + pageSize)
        >= 0;
  }

  private void markZeros(Slot slot, BitSet changed, BitSet zero) {
    for (int i = changed.nextSetBit(0); i >= 0; i = changed.nextSetBit(i + 1)) {
      if (!zero.get(i) && Bytes.isZero(slot.image().asSlice((long) i * pageSize, pageSize))) {
        zero.set(i);
      }
    }
  }

  private BitSet readImage(Window w, Slot slot) throws IOException {
    BitSet present = new BitSet((int) (w.to - w.from));
    image.presentRuns(
        w.block,
        w.from,
        w.to,
        (page, count) -> {
          int at = (int) (page - w.from);
          image.read(w.block, page, slot.image().asSlice((long) at * pageSize, count * pageSize));
          present.set(at, (int) (at + count));
        });
    return present;
  }

  private BitSet readTip(Window w, Slot slot, int ordinal) throws IOException {
    BitSet present = new BitSet((int) (w.to - w.from));
    if (snapshot.manifest().tip().isEmpty()) {
      return present;
    }
    RegionPlan plan = new RegionPlan(snapshot, snapshot.manifest().tip().get().number());
    for (long page = w.from; page < w.to; ) {
      int inRegion = (int) (page % Versions.REGION_PAGES);
      int count = (int) Math.min(w.to - page, Versions.REGION_PAGES - inRegion);
      int at = (int) (page - w.from);
      plan.load(Directory.keyOf(ordinal, page));
      for (int i = 0; i < count; i++) {
        present.set(at + i, plan.isPresent(inRegion + i));
      }
      plan.read(
          slot.reader, inRegion, slot.tip().asSlice((long) at * pageSize, (long) count * pageSize));
      page += count;
    }
    return present;
  }
}
