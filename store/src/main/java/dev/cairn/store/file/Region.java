package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The index of one region, read and checked: which versions of its pages a file knows, and where.
 * Immutable. Layout: FORMAT.md, Page index.
 */
public final class Region {
  /** The answer of {@link #find} for a page that has no version here. */
  public static final int ABSENT = -1;

  static final int VERSIONED = 1;
  static final int STRIDED = 2;
  static final int FIXED = 4;
  static final int ZEROS = 8;

  /** Where to end a piece of a region: at the first page behind so many versions. */
  public static final int PIECE_VERSIONS = 1 << 16;

  /** A reader takes no piece with more: what it allocates is bounded, whatever a file says. */
  static final int MOST_VERSIONS = 1 << 22;

  static final int LIST_MOST = 256;
  static final int BITMAP_BYTES = Versions.REGION_PAGES / 8;

  private static final int FIRST_OF_PAGE = 1 << 31;

  private final MemorySegment bytes;
  private final long firstCheckpoint;
  private final int flags;
  private final int pageSize;
  private final long firstAddress;
  private final long checkpointsAt;
  private final long crcsAt;
  private final long addressesAt;
  private final int zeroCrc;
  private final int versions;
  private final short[] pages;
  private final int @Nullable [] starts;

  /** Returns the length in bytes of a region, padding to 8 included. */
  static long length(int flags, int pages, long versions) {
    long length = isImplied(flags) ? 8 : 0;
    length += pages > LIST_MOST ? BITMAP_BYTES : Bytes.alignUp(2L * pages, 4);
    length += (flags & VERSIONED) != 0 ? 4 * versions : 0;
    if ((flags & ZEROS) != 0) {
      return Bytes.alignUp(length, 8);
    }
    length = Bytes.alignUp(length + 4 * versions, 8);
    return length + (isImplied(flags) ? 0 : 8 * versions);
  }

  private static boolean isImplied(int flags) {
    return (flags & (STRIDED | FIXED)) != 0;
  }

  /** Tells whether flags go together. */
  static boolean areSound(int flags) {
    boolean one = Integer.bitCount(flags & (STRIDED | FIXED | ZEROS)) <= 1;
    return one && (flags & (FIXED | VERSIONED)) != (FIXED | VERSIONED);
  }

  /**
   * @param ordinals entries of the file table
   */
  Region(FileHeader header, Directory.Entry entry, Chunk chunk, int ordinals)
      throws StoreException {
    bytes = chunk.bytes();
    firstCheckpoint = header.name().first();
    pageSize = header.pageSize();
    flags = entry.flags();
    versions = entry.versions();
    boolean implied = isImplied(flags);
    zeroCrc = (flags & ZEROS) != 0 ? Crc.ofZeroPage(pageSize) : 0;
    firstAddress = implied ? Bytes.get64(bytes, 0) : 0;
    long presenceAt = implied ? 8 : 0;
    long afterPresence =
        presenceAt
            + (entry.pages() > LIST_MOST ? BITMAP_BYTES : Bytes.alignUp(2L * entry.pages(), 4));
    checkpointsAt = afterPresence;
    crcsAt = afterPresence + ((flags & VERSIONED) != 0 ? 4L * versions : 0);
    addressesAt = Bytes.alignUp(crcsAt + 4L * versions, 8);
    pages =
        entry.pages() > LIST_MOST
            ? bitmap(chunk, entry, presenceAt)
            : list(chunk, entry, presenceAt);
    int from = (int) (entry.firstPage() % Versions.REGION_PAGES);
    int most = (int) (entry.endPage() - 1 & Versions.REGION_PAGES - 1);
    boolean within = pages[0] >= from && pages[pages.length - 1] <= most;
    chunk.require(within, "pages", presenceAt, from + ".." + most, pages[0]);
    starts = (flags & VERSIONED) != 0 ? starts(chunk, header, entry.pages()) : null;
    checkAddresses(chunk, ordinals, header.version());
  }

  private static short[] list(Chunk chunk, Directory.Entry entry, long at)
      throws CorruptFileException {
    short[] pages = new short[entry.pages()];
    int previous = -1;
    for (int i = 0; i < pages.length; i++) {
      int page = Bytes.getU16(chunk.bytes(), at + 2L * i);
      chunk.require(
          page > previous && page < Versions.REGION_PAGES,
          "page list",
          at + 2L * i,
          "above " + previous,
          page);
      pages[i] = (short) page;
      previous = page;
    }
    return pages;
  }

  private static short[] bitmap(Chunk chunk, Directory.Entry entry, long at)
      throws CorruptFileException {
    short[] pages = new short[entry.pages()];
    int count = 0;
    for (int word = 0; word < BITMAP_BYTES / 8; word++) {
      long bits = Bytes.get64(chunk.bytes(), at + 8L * word);
      for (; bits != 0; bits &= bits - 1) {
        if (count < pages.length) {
          pages[count] = (short) (64 * word + Long.numberOfTrailingZeros(bits));
        }
        count++;
      }
    }
    chunk.require(count == pages.length, "pages in the bitmap", at, pages.length, count);
    return pages;
  }

  private int[] starts(Chunk chunk, FileHeader header, int pageCount) throws CorruptFileException {
    int[] result = new int[pageCount + 1];
    long span = header.name().last() - firstCheckpoint;
    int page = 0;
    long previous = 0;
    for (int i = 0; i < versions; i++) {
      int word = Bytes.get32(bytes, checkpointsAt + 4L * i);
      long at = word & ~FIRST_OF_PAGE;
      boolean first = (word & FIRST_OF_PAGE) != 0;
      boolean sound = at <= span && (first ? page < pageCount : i > 0 && at > previous);
      chunk.require(sound, "checkpoint column", checkpointsAt + 4L * i, "ascending", word);
      if (first) {
        result[page++] = i;
      }
      previous = at;
    }
    chunk.require(
        page == pageCount, "pages in the checkpoint column", checkpointsAt, pageCount, page);
    result[page] = versions;
    return result;
  }

  private void checkAddresses(Chunk chunk, int ordinals, int version) throws StoreException {
    boolean implied = isImplied(flags);
    int count = implied ? 1 : (flags & ZEROS) != 0 ? 0 : versions;
    for (int i = 0; i < count; i++) {
      long address = implied ? firstAddress : Bytes.get64(bytes, addressesAt + 8L * i);
      boolean sound =
          Address.isSound(address, pageSize, ordinals, version)
              && (!implied || Address.kind(address) == Address.PLAIN);
      long at = implied ? 0 : addressesAt + 8L * i;
      chunk.require(sound, "address", at, "a frame", Long.toHexString(address));
    }
    if (implied) {
      // Beyond the highest offset, the sum would run into the ordinal.
      int last = (flags & FIXED) != 0 ? pages[pages.length - 1] : versions - 1;
      long end = Address.offset(firstAddress) + (long) last * pageSize;
      chunk.require(end <= Address.MAX_OFFSET, "address", 0, "≤ " + Address.MAX_OFFSET, end);
    }
  }

  /** Returns how many versions there are; the methods below take a number below it. */
  public int versions() {
    return versions;
  }

  /** Returns how many distinct pages have versions. */
  public int pageCount() {
    return pages.length;
  }

  /** Returns the page of rank {@code i}, within the region. */
  public int page(int i) {
    return pages[i];
  }

  /** Returns the number of the first version of the page of rank {@code i}. */
  public int firstVersion(int i) {
    return starts == null ? i : starts[i];
  }

  /** Returns one more than the number of the last version of the page of rank {@code i}. */
  public int endVersion(int i) {
    return starts == null ? i + 1 : starts[i + 1];
  }

  /** Returns the rank of a page among those that have versions, or a negative number. */
  public int rank(int page) {
    return Arrays.binarySearch(pages, (short) page);
  }

  /**
   * Finds the last version of a page that is not above a checkpoint.
   *
   * @param page within the region
   * @return its number, or {@link #ABSENT}
   */
  public int find(int page, long checkpoint) {
    int rank = rank(page);
    return rank < 0 ? ABSENT : lastVersion(rank, checkpoint);
  }

  /**
   * Returns the last version of the page of rank {@code i} that is not above a checkpoint, or
   * {@link #ABSENT}.
   */
  public int lastVersion(int i, long checkpoint) {
    int low = firstVersion(i);
    int high = endVersion(i);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (checkpoint(middle) <= checkpoint) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == firstVersion(i) ? ABSENT : low - 1;
  }

  /** Returns the checkpoint at which a version was written. */
  public long checkpoint(int version) {
    return (flags & VERSIONED) == 0
        ? firstCheckpoint
        : firstCheckpoint + (Bytes.get32(bytes, checkpointsAt + 4L * version) & ~FIRST_OF_PAGE);
  }

  /** Returns the CRC-32C of a version's plain bytes. */
  public int crc(int version) {
    return (flags & ZEROS) != 0 ? zeroCrc : Bytes.get32(bytes, crcsAt + 4L * version);
  }

  /** Returns where a version's frame is. */
  public long address(int version) {
    if ((flags & ZEROS) != 0) {
      return Address.ZERO;
    }
    if (!isImplied(flags)) {
      return Bytes.get64(bytes, addressesAt + 8L * version);
    }
    long index = (flags & FIXED) != 0 ? pages[version] : version;
    return firstAddress + index * (pageSize >>> 6);
  }

  /** Encodes the versions of one region into a directory entry and bytes. */
  static final class Encoder {
    private int flags;
    private int pageCount;

    int flags() {
      return flags;
    }

    int pageCount() {
      return pageCount;
    }

    /**
     * Encodes the versions of a region.
     *
     * @param first the file's first checkpoint
     * @param fixed address of page 0 of this region if all lie at fixed places, else 0
     * @return the region's bytes, a multiple of 8
     */
    MemorySegment encode(Versions v, long first, int pageSize, long fixed) {
      pageCount = v.pageCount();
      boolean versioned = pageCount != v.size();
      for (int i = 0; i < v.size() && !versioned; i++) {
        versioned = v.checkpoint(i) != first;
      }
      flags = (versioned ? VERSIONED : 0) | placement(v, pageSize, fixed);
      MemorySegment s = MemorySegment.ofArray(new byte[(int) length(flags, pageCount, v.size())]);
      boolean implied = isImplied(flags);
      long at = 0;
      if (implied) {
        Bytes.put64(s, 0, fixed != 0 ? fixed : v.address(0));
        at = 8;
      }
      at = putPresence(s, at, v);
      if (versioned) {
        for (int i = 0; i < v.size(); i++, at += 4) {
          int relative = Math.toIntExact(v.checkpoint(i) - first);
          Bytes.put32(s, at, v.isFirst(i) ? relative | FIRST_OF_PAGE : relative);
        }
      }
      if ((flags & ZEROS) != 0) {
        return s;
      }
      for (int i = 0; i < v.size(); i++, at += 4) {
        Bytes.put32(s, at, v.crc(i));
      }
      at = Bytes.alignUp(at, 8);
      for (int i = 0; i < v.size() && !implied; i++, at += 8) {
        Bytes.put64(s, at, v.address(i));
      }
      return s;
    }

    private long putPresence(MemorySegment s, long at, Versions v) {
      int rank = 0;
      for (int i = 0; i < v.size(); i++) {
        if (!v.isFirst(i)) {
          continue;
        }
        if (pageCount > LIST_MOST) {
          long wordAt = at + v.page(i) / 64 * 8L;
          Bytes.put64(s, wordAt, Bytes.get64(s, wordAt) | 1L << v.page(i));
        } else {
          Bytes.put16(s, at + 2L * rank++, v.page(i));
        }
      }
      return at + (pageCount > LIST_MOST ? BITMAP_BYTES : Bytes.alignUp(2L * pageCount, 4));
    }

    private static int placement(Versions v, int pageSize, long fixed) {
      if (fixed != 0) {
        return FIXED;
      }
      return isStrided(v, pageSize) ? STRIDED : isZero(v) ? ZEROS : 0;
    }

    private static boolean isZero(Versions v) {
      for (int i = 0; i < v.size(); i++) {
        if (v.address(i) != Address.ZERO) {
          return false;
        }
      }
      return true;
    }

    private static boolean isStrided(Versions v, int pageSize) {
      for (int i = 0; i < v.size(); i++) {
        boolean next = v.address(i) == v.address(0) + (long) i * (pageSize >>> 6);
        if (!next || Address.kind(v.address(i)) != Address.PLAIN) {
          return false;
        }
      }
      return true;
    }
  }
}
