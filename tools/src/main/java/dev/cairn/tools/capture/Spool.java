package dev.cairn.tools.capture;

import dev.cairn.chain.PageImage;
import dev.cairn.store.BadInputException;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.RamSink;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the last content of each page that a stream brings, in whatever order and however often it
 * comes. Written by one thread; when that is done, it may be read by several, and never written
 * again. Closing it gives its memory back.
 *
 * <p>A table of four bytes a page, made for 512 pages at once when the first of them comes, tells
 * each page's slot. Slots are handed out in the order of arrival, 64 to a slab; if there is no more
 * memory, the slab filled last goes to the spill file. A page that becomes zero, or the same as
 * somewhere else, keeps its slot. It is long because a page's entry, its slot and where that lies
 * are one structure: parts of it would share all of their fields.
 */
final class Spool implements RamSink, Closeable {
  static final int PAGE = 4096;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[PAGE]).asReadOnly();

  /** Pages that one table tells of. */
  private static final int REGION = 512;

  private static final int TABLE_BYTES = REGION * Integer.BYTES;
  private static final int TABLES = SpoolMemory.SLAB_BYTES / TABLE_BYTES;
  private static final int SLOTS = SpoolMemory.SLAB_BYTES / PAGE;

  /** Bit of an entry: the page is zero. The others are its slot, plus 1; 0 for none. */
  private static final int ZERO = 1 << 31;

  /** Bit of an entry: the page came, and need not be kept. */
  private static final int SAME = 1 << 30;

  private final SpoolMemory memory;
  private final long others;
  private final long most;

  /** Slabs of memory that it has. */
  private long held;

  private @Nullable Spool lender;
  private @Nullable RamLayout layout;

  /** For each block and region the number of its table, plus 1. */
  private int[][] regions = new int[0][];

  private final List<SpoolMemory.Slab> tables = new ArrayList<>();
  private int tableCount;

  /** Slabs by slot; null where it is in the spill file, at {@link #extents}. */
  private SpoolMemory.@Nullable Slab[] slabs = new SpoolMemory.Slab[16];

  private long[] extents = new long[16];
  private int slabCount;
  private int slots;
  private long pages;
  private boolean closed;

  Spool(SpoolMemory memory) {
    this(memory, 0);
  }

  /**
   * @param others slabs that it leaves to others
   */
  Spool(SpoolMemory memory, long others) {
    this(memory, others, Long.MAX_VALUE);
  }

  private Spool(SpoolMemory memory, long others, long most) {
    this.memory = memory;
    this.others = others;
    this.most = most;
  }

  /** Makes one that has half of the memory at most, and spills the rest. */
  static Spool ofHalf(SpoolMemory memory) {
    return new Spool(memory, 0, memory.mostBytes() / SpoolMemory.SLAB_BYTES / 2);
  }

  /** Where there is no memory left, that spool gives of its own, and spills; null for none. */
  void lender(@Nullable Spool other) {
    lender = other;
  }

  @Override
  public void layout(RamLayout table) throws IOException {
    if (layout != null && !layout.equals(table)) {
      throw new BadInputException("RAM blocks: expected those of before, found others");
    }
    if (table.pageSize() != PAGE) {
      throw new BadInputException("page size: expected 4096, found " + table.pageSize());
    }
    layout = table;
    regions = new int[table.blocks().size()][];
    Arrays.fill(regions, new int[0]);
  }

  RamLayout layout() {
    if (layout == null) {
      throw new IllegalStateException("no layout yet");
    }
    return layout;
  }

  /** Returns how many pages are kept, zero ones included. */
  long pages() {
    return pages;
  }

  /** Returns how many bytes of buffer and spill it takes. */
  long heldBytes() {
    return (long) (tables.size() + slabCount) * SpoolMemory.SLAB_BYTES;
  }

  @Override
  public void page(int block, long page, MemorySegment content) throws IOException {
    MemorySegment table = table(block, page);
    long at = at(page);
    int entry = table.get(INT, at);
    int slot = (entry & ~(ZERO | SAME)) - 1;
    if (slot < 0) {
      slot = newSlot();
    }
    write(slot, content);
    set(table, at, slot + 1);
  }

  @Override
  public void zero(int block, long page) throws IOException {
    MemorySegment table = table(block, page);
    long at = at(page);
    set(table, at, (table.get(INT, at) | ZERO) & ~SAME);
  }

  /** A page came as it is elsewhere: it is not kept, nor what came of it before. */
  void same(int block, long page) throws IOException {
    MemorySegment table = table(block, page);
    long at = at(page);
    set(table, at, table.get(INT, at) | SAME);
  }

  /** Tells whether something came of a page, kept or not. */
  boolean hasCome(int block, long page) {
    return entry(block, page) != 0;
  }

  /** Tells whether a page is kept. */
  boolean isKept(int block, long page) {
    return isKept(entry(block, page));
  }

  private void set(MemorySegment table, long at, int entry) {
    pages += (isKept(entry) ? 1 : 0) - (isKept(table.get(INT, at)) ? 1 : 0);
    table.set(INT, at, entry);
  }

  private static boolean isKept(int entry) {
    return entry != 0 && (entry & SAME) == 0;
  }

  private static long at(long page) {
    return (page % REGION) * Integer.BYTES;
  }

  /** Returns the table that tells of a page, making it if need be. */
  private MemorySegment table(int block, long page) throws IOException {
    int region = (int) (page / REGION);
    if (page < 0 || page >= layout().blocks().get(block).pages(PAGE)) {
      throw new BadInputException(
          "page of block "
              + layout().blocks().get(block).name()
              + ": expected one below "
              + layout().blocks().get(block).pages(PAGE)
              + ", found "
              + page);
    }
    int[] known = regions[block];
    if (region >= known.length) {
      known = Arrays.copyOf(known, Math.max(region + 1, 2 * known.length));
      regions[block] = known;
    }
    if (known[region] == 0) {
      known[region] = newTable() + 1;
    }
    return segment(known[region] - 1);
  }

  private MemorySegment segment(int table) {
    return tables
        .get(table / TABLES)
        .memory()
        .asSlice((long) (table % TABLES) * TABLE_BYTES, TABLE_BYTES);
  }

  private int newTable() throws IOException {
    if (tableCount == tables.size() * TABLES) {
      SpoolMemory.Slab slab = heldTables() >= memory.mostBytes() / 2 ? null : newSlab();
      if (slab == null) {
        throw NoRoomException.forTables(memory.mostBytes());
      }
      tables.add(slab);
    }
    segment(tableCount).fill((byte) 0);
    return tableCount++;
  }

  private long heldTables() {
    return (long) tables.size() * SpoolMemory.SLAB_BYTES;
  }

  private int newSlot() throws IOException {
    if (slots == slabCount * SLOTS) {
      SpoolMemory.Slab slab = newSlab();
      if (slab == null) {
        throw new NoRoomException(
            "the buffer of "
                + (memory.mostBytes() >> 20)
                + " MiB is full: a checkpoint is dropped");
      }
      if (slabCount == slabs.length) {
        slabs = Arrays.copyOf(slabs, 2 * slabCount);
        extents = Arrays.copyOf(extents, 2 * slabCount);
      }
      slabs[slabCount++] = slab;
    }
    return slots++;
  }

  /** Returns a slab for this one, for which another may go to the file; nothing if none can. */
  private SpoolMemory.@Nullable Slab newSlab() throws IOException {
    SpoolMemory.Slab slab = held < most ? memory.take(others) : null;
    if (slab == null) {
      slab = spillLast();
    }
    held += slab == null ? 0 : 1;
    return slab;
  }

  /** Moves the last slab that is in memory to the file and returns it; nothing if there is none. */
  SpoolMemory.@Nullable Slab spillLast() throws IOException {
    for (int i = slabCount - 1; i >= 0; i--) {
      SpoolMemory.Slab slab = slabs[i];
      if (slab != null) {
        long extent = memory.spill().take();
        try {
          memory.spill().write(extent, slab.memory());
        } catch (NoRoomException e) {
          memory.spill().give(extent);
          throw e;
        }
        extents[i] = extent;
        slabs[i] = null;
        held--;
        return slab;
      }
    }
    return lender == null ? null : lender.spillLast();
  }

  private void write(int slot, MemorySegment content) throws IOException {
    SpoolMemory.Slab slab = slabs[slot / SLOTS];
    long inSlab = (long) (slot % SLOTS) * PAGE;
    if (slab != null) {
      MemorySegment.copy(content, 0, slab.memory(), inSlab, PAGE);
    } else {
      memory.spill().write(extents[slot / SLOTS] + inSlab, content);
    }
  }

  /** Returns the entry of a page, 0 if it did not come. */
  private int entry(int block, long page) {
    int region = (int) (page / REGION);
    int[] known = regions[block];
    return region >= known.length || known[region] == 0
        ? 0
        : tables
            .get((known[region] - 1) / TABLES)
            .memory()
            .get(INT, (long) ((known[region] - 1) % TABLES) * TABLE_BYTES + at(page));
  }

  /**
   * Visits the runs of pages that are kept, within pages [from, to) of a block.
   *
   * @param zeros whether pages that are zero are among them
   */
  void runs(int block, long from, long to, boolean zeros, PageImage.RunVisitor visitor)
      throws IOException {
    long start = -1;
    long page = from;
    while (page < to) {
      int region = (int) (page / REGION);
      long end = Math.min(to, (region + 1L) * REGION);
      boolean known = region < regions[block].length && regions[block][region] != 0;
      for (; known && page < end; page++) {
        int entry = entry(block, page);
        boolean there = isKept(entry) && (zeros || entry > 0);
        if (there && start < 0) {
          start = page;
        } else if (!there && start >= 0) {
          visitor.run(start, page - start);
          start = -1;
        }
      }
      if (!known && start >= 0) {
        visitor.run(start, page - start);
        start = -1;
      }
      page = end;
    }
    if (start >= 0) {
      visitor.run(start, page - start);
    }
  }

  /** Reads consecutive pages, all of which are kept. */
  void read(int block, long first, MemorySegment into) throws IOException {
    long count = into.byteSize() / PAGE;
    for (long i = 0; i < count; ) {
      int entry = entry(block, first + i);
      if (!isKept(entry)) {
        throw new IllegalStateException("page " + (first + i) + " is not kept");
      }
      if (entry < 0) {
        MemorySegment.copy(ZEROS, 0, into, i * PAGE, PAGE);
        i++;
        continue;
      }
      int slot = entry - 1;
      int run = 1;
      while (i + run < count
          && (slot + run) % SLOTS != 0
          && entry(block, first + i + run) == entry + run) {
        run++;
      }
      read(slot, run, into, i * PAGE);
      i += run;
    }
  }

  private void read(int slot, int run, MemorySegment into, long at) throws IOException {
    SpoolMemory.Slab slab = slabs[slot / SLOTS];
    long inSlab = (long) (slot % SLOTS) * PAGE;
    long bytes = (long) run * PAGE;
    if (slab != null) {
      MemorySegment.copy(slab.memory(), inSlab, into, at, bytes);
    } else {
      memory.spill().read(extents[slot / SLOTS] + inSlab, into.asSlice(at, bytes));
    }
  }

  /**
   * Takes over each page of an older spool that did not come here: the source has forgotten it.
   *
   * @param older of the same layout; stays the caller's
   * @param page native memory for one page
   */
  void addOlder(Spool older, MemorySegment page) throws IOException {
    if (!older.layout().equals(layout())) {
      throw new IllegalStateException("spools of different layouts");
    }
    older.handTo(this, this, page);
  }

  /**
   * Hands all that is kept on.
   *
   * @param page native memory for one page
   */
  void handTo(RamSink into, MemorySegment page) throws IOException {
    handTo(into, null, page);
  }

  /** Hands on what is kept, but for pages of which something came to another spool. */
  private void handTo(RamSink into, @Nullable Spool but, MemorySegment page) throws IOException {
    for (int block = 0; block < regions.length; block++) {
      int in = block;
      long end = layout().blocks().get(block).pages(PAGE);
      runs(
          block,
          0,
          end,
          true,
          (first, count) -> {
            for (long at = first; at < first + count; at++) {
              if (but != null && but.hasCome(in, at)) {
                continue;
              }
              if (entry(in, at) < 0) {
                into.zero(in, at);
              } else {
                read(in, at, page);
                into.page(in, at, page);
              }
            }
          });
    }
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    tables.forEach(memory::give);
    for (int i = 0; i < slabCount; i++) {
      SpoolMemory.Slab slab = slabs[i];
      if (slab != null) {
        memory.give(slab);
      } else {
        memory.spill().give(extents[i]);
      }
    }
  }
}
