package dev.cairn.chain;

import dev.cairn.store.RamBlock;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.Directory;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PageReader;
import dev.cairn.store.file.Versions;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Where each page of a point lies, for who serves single pages of it again and again: a region is
 * planned once, when it is first asked for, and kept in 12 bytes for each present page and 576 for
 * itself, off the heap. Making one costs nothing, however much RAM the point has. Thread-safe until
 * it is closed; a reader belongs to one thread at a time. Regions are planned one at a time; who
 * asks for a page of one that is planned waits for nobody.
 */
public final class PointProjection implements Closeable {
  /** Pages of a word: their presence is the bits of a long. */
  public static final int WORD_PAGES = 64;

  private static final int WORDS = Versions.REGION_PAGES / WORD_PAGES;

  // A region is its presence bits, for each word the pages present before it, addresses, CRCs.
  private static final long RANKS = (long) WORDS * Long.BYTES;
  private static final long ADDRESSES = RANKS + (long) WORDS * Short.BYTES;

  private final PointView view;
  private final RegionPlan plan;

  /** Of each block: null where nobody has asked yet. */
  private final List<AtomicReferenceArray<@Nullable MemorySegment>> regions = new ArrayList<>();

  private final Arena arena = Arena.ofShared();

  /** A file is here before a region that names it; there are few. */
  private final List<OpenFile> files = new CopyOnWriteArrayList<>();

  private final Map<OpenFile, Integer> ordinals = new HashMap<>();

  /** Makes one that knows nothing yet. The view must outlive it. */
  public PointProjection(PointView view) {
    this.view = view;
    this.plan = view.plan();
    int pageSize = view.layout().pageSize();
    for (RamBlock block : view.layout().blocks()) {
      long count = (block.pages(pageSize) + Versions.REGION_PAGES - 1) / Versions.REGION_PAGES;
      regions.add(new AtomicReferenceArray<>((int) count));
    }
  }

  /**
   * Tells which pages of a word are other than zero.
   *
   * @param block index into the layout's blocks
   * @param page the word's first page, a multiple of {@link #WORD_PAGES}
   * @return bit i for page {@code page + i}
   */
  public long present(int block, long page) throws IOException {
    if (page % WORD_PAGES != 0) {
      throw new IllegalArgumentException("page " + page + " begins no word");
    }
    return region(block, page).get(ValueLayout.JAVA_LONG, word(page) * (long) Long.BYTES);
  }

  /**
   * Reads and checks pages of a word; the places of others stay as they are.
   *
   * @param page the word's first page
   * @param wanted bit i for page {@code page + i}
   * @param into native memory of a whole word
   * @return those of the wanted that are present, and were read; the others are zero
   */
  public long read(PageReader reader, int block, long page, long wanted, MemorySegment into)
      throws IOException {
    long present = present(block, page);
    long due = present & wanted;
    if (due == 0) {
      return 0;
    }
    MemorySegment region = region(block, page);
    long before = region.get(ValueLayout.JAVA_SHORT, RANKS + word(page) * (long) Short.BYTES);
    long crcs = crcs(region);
    reader.begin();
    for (long bits = due; bits != 0; bits &= bits - 1) {
      int slot = Long.numberOfTrailingZeros(bits);
      long rank = before + Long.bitCount(present & ((1L << slot) - 1));
      long address = region.get(ValueLayout.JAVA_LONG, ADDRESSES + rank * Long.BYTES);
      int crc = region.get(ValueLayout.JAVA_INT, crcs + rank * Integer.BYTES);
      reader.want(files.get(Address.ordinal(address)), address, crc, slot);
    }
    reader.readInto(into);
    return due;
  }

  /**
   * Returns the CRC-32C that a present page had when it was captured.
   *
   * @param page one of those that {@link #present} tells of
   */
  public int crc(int block, long page) throws IOException {
    MemorySegment region = region(block, page);
    return region.get(ValueLayout.JAVA_INT, crcs(region) + rank(region, block, page) * 4);
  }

  /**
   * Returns where a present page's frame lies.
   *
   * @param page one of those that {@link #present} tells of
   * @return its address, whose ordinal is for {@link #owner}
   */
  public long frame(int block, long page) throws IOException {
    MemorySegment region = region(block, page);
    return region.get(ValueLayout.JAVA_LONG, ADDRESSES + rank(region, block, page) * Long.BYTES);
  }

  /** Returns the file that a frame lies in. */
  public OpenFile owner(long frame) {
    return files.get(Address.ordinal(frame));
  }

  private static long rank(MemorySegment region, int block, long page) {
    long present = region.get(ValueLayout.JAVA_LONG, word(page) * (long) Long.BYTES);
    long bit = 1L << page;
    if ((present & bit) == 0) {
      throw new IllegalArgumentException("page " + page + " of block " + block + " is zero");
    }
    long before = region.get(ValueLayout.JAVA_SHORT, RANKS + word(page) * (long) Short.BYTES);
    return before + Long.bitCount(present & (bit - 1));
  }

  private static long crcs(MemorySegment region) {
    return region.byteSize() - (region.byteSize() - ADDRESSES) / 3;
  }

  private static int word(long page) {
    return (int) (page % Versions.REGION_PAGES) / WORD_PAGES;
  }

  private MemorySegment region(int block, long page) throws IOException {
    MemorySegment region = regions.get(block).get((int) (page / Versions.REGION_PAGES));
    return region == null ? plan(block, page) : region;
  }

  private synchronized MemorySegment plan(int block, long page) throws IOException {
    int index = (int) (page / Versions.REGION_PAGES);
    MemorySegment region = regions.get(block).get(index);
    if (region == null) {
      plan.load(Directory.keyOf(view.ordinal(block), page));
      region = project();
      regions.get(block).set(index, region);
    }
    return region;
  }

  /** Keeps what is loaded; each address gets the file's number here in the place of its ordinal. */
  private MemorySegment project() {
    int present = 0;
    for (int page = 0; page < Versions.REGION_PAGES; page++) {
      present += plan.isPresent(page) ? 1 : 0;
    }
    MemorySegment region =
        arena.allocate(ADDRESSES + (long) present * (Long.BYTES + Integer.BYTES), Long.BYTES);
    long crcs = ADDRESSES + (long) present * Long.BYTES;
    int rank = 0;
    for (int word = 0; word < WORDS; word++) {
      long bits = 0;
      region.set(ValueLayout.JAVA_SHORT, RANKS + word * (long) Short.BYTES, (short) rank);
      for (int i = 0; i < WORD_PAGES; i++) {
        int page = word * WORD_PAGES + i;
        if (plan.isPresent(page)) {
          bits |= 1L << i;
          OpenFile owner = Objects.requireNonNull(plan.owner(page), "a present page has an owner");
          long address = Address.withOrdinal(plan.address(page), number(owner));
          region.set(ValueLayout.JAVA_LONG, ADDRESSES + rank * (long) Long.BYTES, address);
          region.set(ValueLayout.JAVA_INT, crcs + rank * (long) Integer.BYTES, plan.crc(page));
          rank++;
        }
      }
      region.set(ValueLayout.JAVA_LONG, word * (long) Long.BYTES, bits);
    }
    return region;
  }

  private int number(OpenFile file) {
    return ordinals.computeIfAbsent(
        file,
        f -> {
          files.add(f);
          return files.size() - 1;
        });
  }

  @Override
  public void close() {
    arena.close();
  }
}
