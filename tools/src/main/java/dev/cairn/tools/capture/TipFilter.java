package dev.cairn.tools.capture;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.TipPages;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.RamSink;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Keeps in a spool what differs from the chain's newest point, while a live stream brings it: the
 * last content of each page counts, and one that is the same as there again is let go. Not
 * thread-safe, but may be handed from one thread to another.
 */
final class TipFilter implements RamSink, Closeable {
  private final ChainSnapshot snapshot;
  private final TipPages tip;
  private final Spool spool;
  private final Arena arena;
  private final BitSet same = new BitSet();

  /** Consecutive pages of a block that were not compared yet. */
  private final MemorySegment batch;

  private int block;
  private long first;
  private int count;

  /**
   * Compares with a snapshot's newest point.
   *
   * @param snapshot of a chain that has one; closed with this
   * @param spool takes what differs; stays the caller's
   */
  TipFilter(ChainSnapshot snapshot, RamLayout layout, Spool spool) throws IOException {
    this.snapshot = snapshot;
    this.tip = new TipPages(snapshot, layout);
    this.spool = spool;
    this.arena = Arena.ofShared();
    this.batch = arena.allocate((long) TipPages.MOST * Spool.PAGE, 4096);
  }

  /** Returns the point that what is kept lies on. */
  Id point() {
    return tip.id();
  }

  /** It was made for the layout. */
  @Override
  public void layout(RamLayout layout) {}

  @Override
  public void page(int of, long page, MemorySegment content) throws IOException {
    if (of != block || page != first + count || count == TipPages.MOST) {
      flush();
      block = of;
      first = page;
    }
    MemorySegment.copy(content, 0, batch, (long) count++ * Spool.PAGE, Spool.PAGE);
  }

  @Override
  public void zero(int of, long page) throws IOException {
    if (of == block && page >= first && page < first + count) {
      flush(); // older content of it
    }
    if (tip.isZero(of, page)) {
      spool.same(of, page);
    } else {
      spool.zero(of, page);
    }
  }

  private void flush() throws IOException {
    if (count == 0) {
      return;
    }
    tip.compare(block, first, batch.asSlice(0, (long) count * Spool.PAGE), same);
    for (int i = 0; i < count; i++) {
      if (same.get(i)) {
        spool.same(block, first + i);
      } else {
        spool.page(block, first + i, batch.asSlice((long) i * Spool.PAGE, Spool.PAGE));
      }
    }
    count = 0;
  }

  /** All has come. A page that never came is zero. */
  void finish() throws IOException {
    flush();
    for (int of = 0; of < spool.layout().blocks().size(); of++) {
      int in = of;
      tip.presentRuns(
          of,
          (from, pages) -> {
            for (long at = from; at < from + pages; at++) {
              if (!spool.hasCome(in, at)) {
                spool.zero(in, at);
              }
            }
          });
    }
  }

  @Override
  public void close() throws IOException {
    try (snapshot;
        arena) {
      tip.close();
    }
  }
}
