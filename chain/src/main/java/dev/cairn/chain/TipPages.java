package dev.cairn.chain;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BadInputException;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.Bytes;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.file.Versions;
import dev.cairn.store.io.Segments;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * A chain's newest point, asked about pages as they come, in any order: what is not the same there
 * is a delta that lies on it. Blocks are those of the machine that is compared. Every comparison is
 * byte by byte. Not thread-safe.
 *
 * <p>Pages behind the end that their block has at that point are the same only if they are zero: a
 * delta that says nothing of them has them as zeros.
 */
public final class TipPages implements Closeable {
  /** Most pages that are asked about at once. */
  public static final int MOST = 64;

  private final Manifest.Tip tip;
  private final PointLayout layout;
  private final int pageSize;
  private final long[] reach;
  private final Arena arena;
  private final PageReader reader;
  private final MemorySegment window;
  private final RegionPlan plan;
  private long planned = -1;

  /**
   * Makes one that looks into a snapshot, which stays the caller's.
   *
   * @param snapshot of a chain that has a point
   * @param layout of the machine that is compared
   */
  public TipPages(ChainSnapshot snapshot, RamLayout layout) throws IOException {
    Manifest manifest = snapshot.manifest();
    this.tip = manifest.tip().orElseThrow();
    this.layout = new BlockTable(manifest.blocks()).place(layout);
    this.pageSize = layout.pageSize();
    if (pageSize != manifest.pageSize()) {
      throw new BadInputException(
          "page size: expected " + manifest.pageSize() + ", found " + pageSize);
    }
    this.reach = new long[layout.blocks().size()];
    for (int block = 0; block < reach.length; block++) {
      long pages = layout.blocks().get(block).pages(pageSize);
      reach[block] =
          Math.min(pages, Checkpointer.reach(snapshot, this.layout.ordinals().get(block)));
    }
    this.arena = Arena.ofShared();
    this.reader = PageReader.unchecked(pageSize, arena);
    this.window = arena.allocate((long) MOST * pageSize, 4096);
    this.plan = new RegionPlan(snapshot, tip.number());
  }

  /** Returns the id of the point. */
  public Id id() {
    return tip.id();
  }

  /** Tells whether a page that is zero is the same there. */
  public boolean isZero(int block, long page) throws IOException {
    return page >= reach[block] || !plan(block, page).isPresent(inRegion(page));
  }

  /**
   * Tells whether one page is the same there. It is read only if it has the same checksum: that
   * says that it is worth a read, and its bytes decide.
   *
   * @param content native memory, not zero
   * @param crc CRC-32C of the content
   */
  boolean has(int block, long page, MemorySegment content, int crc) throws IOException {
    RegionPlan below = plan(block, page);
    int i = inRegion(page);
    if (page >= reach[block] || !below.isPresent(i) || below.crc(i) != crc) {
      return false;
    }
    below.readPresent(reader, i, window.asSlice(0, pageSize));
    return Segments.equal(content, 0, window, 0, pageSize);
  }

  /**
   * Compares consecutive pages.
   *
   * @param pages native memory, {@link #MOST} pages or fewer
   * @param same is set to those that are the same there
   */
  public void compare(int block, long first, MemorySegment pages, BitSet same) throws IOException {
    same.clear();
    int count = (int) (pages.byteSize() / pageSize);
    for (int from = 0; from < count; ) {
      long page = first + from;
      int end = Math.min(count, from + Versions.REGION_PAGES - inRegion(page));
      compare(block, page, pages, new Part(from, end, same));
      from = end;
    }
  }

  /** Pages of one region, as numbers within those that are compared. */
  private record Part(int from, int end, BitSet same) {}

  private void compare(int block, long page, MemorySegment pages, Part part) throws IOException {
    RegionPlan below = plan(block, page);
    long bytes = (long) (part.end - part.from) * pageSize;
    below.readPresent(reader, inRegion(page), window.asSlice(0, bytes));
    for (int i = part.from; i < part.end; i++) {
      long at = (long) i * pageSize;
      long number = page + i - part.from;
      boolean there = number < reach[block] && below.isPresent(inRegion(number));
      boolean zero = Bytes.isZero(pages.asSlice(at, pageSize));
      // What the disk has lost reads as zeros: it is stored, as the tip's page is not checked.
      boolean equal =
          there
              ? !zero
                  && Segments.equal(pages, at, window, (long) (i - part.from) * pageSize, pageSize)
              : zero;
      part.same.set(i, equal);
    }
  }

  /** Visits the runs of pages that are not zero there, in a block. */
  public void presentRuns(int block, PageImage.RunVisitor visitor) throws IOException {
    for (long page = 0; page < reach[block]; ) {
      RegionPlan below = plan(block, page);
      long end = Math.min(reach[block], page - inRegion(page) + Versions.REGION_PAGES);
      long run = -1;
      for (; page < end; page++) {
        boolean present = below.isPresent(inRegion(page));
        if (present && run < 0) {
          run = page;
        } else if (!present && run >= 0) {
          visitor.run(run, page - run);
          run = -1;
        }
      }
      if (run >= 0) {
        visitor.run(run, page - run);
      }
    }
  }

  private static int inRegion(long page) {
    return (int) (page % Versions.REGION_PAGES);
  }

  private RegionPlan plan(int block, long page) throws IOException {
    long key = Directory.keyOf(layout.ordinals().get(block), page);
    if (key != planned) {
      planned = -1;
      plan.load(key);
      planned = key;
    }
    return plan;
  }

  @Override
  public void close() {
    reader.close();
    arena.close();
  }
}
