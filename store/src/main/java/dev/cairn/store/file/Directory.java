package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;

/**
 * The sorted directory of a file's regions. Immutable. Layout: FORMAT.md, Page index.
 *
 * <p>A region is named by its key, {@code block << 32 | its first page}. One with many versions is
 * stored in pieces; each has an entry, named by the first page that it may hold.
 */
public final class Directory {
  static final int HEADER_LENGTH = 32;
  static final int ENTRY_LENGTH = 20;

  private final MemorySegment bytes;
  private final int count;
  private final long regionsOffset;
  private final long regionsEnd;

  /**
   * A region of the directory, or a piece of one. Immutable.
   *
   * @param key {@code block << 32 | firstPage}
   * @param endPage one more than the last page that it may hold, within the block
   * @param flags of its columns
   * @param pages pages that have a version
   * @param versions versions in all
   * @param offset of its bytes in the file
   * @param length of its bytes
   * @param crc of its bytes
   */
  public record Entry(
      long key,
      long endPage,
      int flags,
      int pages,
      int versions,
      long offset,
      long length,
      int crc) {
    /** Returns the block's ordinal. */
    public int block() {
      return (int) (key >>> 32);
    }

    /** Returns the first page that it may hold, within the block. */
    public long firstPage() {
      return key & 0xffff_ffffL;
    }
  }

  /**
   * Takes a chunk as a directory and checks it.
   *
   * @param regionsEnd where the regions end in the file: the offset of the first chunk
   */
  Directory(Chunk chunk, long metadataOffset, long regionsEnd) throws CorruptFileException {
    bytes = chunk.bytes();
    this.regionsEnd = regionsEnd;
    chunk.require(bytes.byteSize() >= HEADER_LENGTH, "length", 0, "≥ 32", bytes.byteSize());
    long entries = Bytes.getU32(bytes, 0);
    long length = HEADER_LENGTH + ENTRY_LENGTH * entries;
    chunk.require(length == bytes.byteSize(), "regions", 0, "those of the chunk", entries);
    count = (int) entries;
    regionsOffset = Bytes.get64(bytes, 24);
    boolean inPlace = regionsOffset == metadataOffset;
    chunk.require(inPlace, "regions' offset", 24, metadataOffset, regionsOffset);
    check(chunk);
  }

  private void check(Chunk chunk) throws CorruptFileException {
    long previous = -1;
    long pages = 0;
    long versions = 0;
    long end = regionsOffset;
    for (int i = 0; i < count; i++) {
      long at = HEADER_LENGTH + (long) i * ENTRY_LENGTH;
      Entry entry = entry(i);
      boolean whole = entry.key == regionOf(entry.key);
      boolean ordered =
          entry.key > previous && (whole || regionOf(previous) == regionOf(entry.key));
      chunk.require(ordered, "region", at, "above the one before", Long.toHexString(entry.key));
      chunk.require(Region.areSound(entry.flags), "flags", at + 6, "one of a kind", entry.flags);
      boolean counted = entry.versions >= entry.pages && entry.versions <= Region.MOST_VERSIONS;
      chunk.require(
          counted, "versions", at + 12, entry.pages + ".." + Region.MOST_VERSIONS, entry.versions);
      chunk.require(
          (entry.flags & Region.VERSIONED) != 0 || entry.versions == entry.pages,
          "versions",
          at + 12,
          entry.pages,
          entry.versions);
      long offset = regionsOffset + 8 * Bytes.getU32(bytes, at + 8);
      chunk.require(offset == end, "start", at + 8, end, offset);
      end += Region.length(entry.flags, entry.pages, entry.versions);
      pages += entry.pages;
      versions += entry.versions;
      previous = entry.key;
    }
    chunk.require(end == regionsEnd, "end of the regions", 24, regionsEnd, end);
    chunk.require(pages == pageCount(), "page count", 8, pages, pageCount());
    chunk.require(versions == versionCount(), "version count", 16, versions, versionCount());
  }

  /** Returns how many entries there are. */
  public int size() {
    return count;
  }

  /** Returns how many bytes it and its regions take in the file. */
  public long storedBytes() {
    return bytes.byteSize() + regionsEnd - regionsOffset;
  }

  /** Returns how many pages have a version. */
  public long pageCount() {
    return Bytes.get64(bytes, 8);
  }

  /** Returns how many versions there are. */
  public long versionCount() {
    return Bytes.get64(bytes, 16);
  }

  /** Returns the key of the i-th entry. */
  public long key(int i) {
    long at = HEADER_LENGTH + (long) i * ENTRY_LENGTH;
    return (long) Bytes.getU16(bytes, at + 4) << 32 | Bytes.getU32(bytes, at);
  }

  /** Returns the i-th entry. */
  public Entry entry(int i) {
    long at = HEADER_LENGTH + (long) i * ENTRY_LENGTH;
    int pagesAndFlags = Bytes.getU16(bytes, at + 6);
    int flags = pagesAndFlags >>> 12;
    int pages = (pagesAndFlags & 0xfff) + 1;
    int versions = (int) Math.min(Bytes.getU32(bytes, at + 12), Integer.MAX_VALUE);
    long offset = regionsOffset + 8 * Bytes.getU32(bytes, at + 8);
    long key = key(i);
    long end = regionOf(key) + Versions.REGION_PAGES;
    if (i + 1 < count) {
      end = Math.min(end, key(i + 1));
    }
    return new Entry(
        key,
        end & 0xffff_ffffL,
        flags,
        pages,
        versions,
        offset,
        Region.length(flags, pages, versions),
        Bytes.get32(bytes, at + 16));
  }

  /** Returns the number of the first entry whose key is not below {@code key}, or the size. */
  public int ceiling(long key) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (key(middle) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Returns the key of the region that a page lies in. */
  public static long keyOf(int block, long page) {
    return regionOf((long) block << 32 | page);
  }

  /** Returns the key of the region that an entry belongs to. */
  public static long regionOf(long key) {
    return key & -Versions.REGION_PAGES;
  }

  /** Puts a directory together, region by region. Not thread-safe. */
  static final class Builder {
    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private final byte[] entry = new byte[ENTRY_LENGTH];
    private final Crc crc = new Crc();
    private int count;
    private long pages;
    private long versions;
    private long length;

    void add(long key, Region.Encoder region, int versionCount, MemorySegment bytes) {
      MemorySegment s = MemorySegment.ofArray(entry);
      Bytes.put32(s, 0, (int) key);
      Bytes.put16(s, 4, (int) (key >>> 32));
      Bytes.put16(s, 6, region.pageCount() - 1 | region.flags() << 12);
      if (length >>> 3 > 0xffff_ffffL) {
        throw new IllegalStateException("page index above 32 GiB");
      }
      Bytes.put32(s, 8, (int) (length >>> 3));
      Bytes.put32(s, 12, versionCount);
      Bytes.put32(s, 16, crc.of(bytes));
      entries.writeBytes(entry);
      count++;
      pages += region.pageCount();
      versions += versionCount;
      length += bytes.byteSize();
    }

    byte[] encode(long regionsOffset) {
      byte[] result = new byte[HEADER_LENGTH + entries.size()];
      MemorySegment s = MemorySegment.ofArray(result);
      Bytes.put32(s, 0, count);
      Bytes.put64(s, 8, pages);
      Bytes.put64(s, 16, versions);
      Bytes.put64(s, 24, regionsOffset);
      System.arraycopy(entries.toByteArray(), 0, result, HEADER_LENGTH, entries.size());
      return result;
    }

    long versionCount() {
      return versions;
    }
  }
}
