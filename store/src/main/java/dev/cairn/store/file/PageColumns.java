package dev.cairn.store.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the pages of one area while they come in any order: which are there, which were
 * ever written, and their checksums. Memory is taken by the region, with its first page. Not
 * thread-safe.
 */
final class PageColumns {
  private static final int PRESENT_AT = 4 * Versions.REGION_PAGES;
  private static final int WRITTEN_AT = PRESENT_AT + Versions.REGION_PAGES / 8;

  private final BaseWriter.Columns memory;
  private @Nullable MemorySegment[] regions = new MemorySegment[0];

  PageColumns(BaseWriter.Columns memory) {
    this.memory = memory;
  }

  /** Returns how many regions there may be something of. */
  int regions() {
    return regions.length;
  }

  /** Tells whether nothing has come of a region. */
  boolean isEmpty(long region) {
    return region >= regions.length || regions[(int) region] == null;
  }

  /**
   * A page has content.
   *
   * @param inFile whether it lies in the file, and not elsewhere
   * @return whether it had none before
   */
  boolean set(long page, int crc, boolean inFile) throws IOException {
    MemorySegment region = make((int) (page / Versions.REGION_PAGES));
    int i = (int) (page % Versions.REGION_PAGES);
    Bytes.put32(region, 4L * i, crc);
    boolean had = bit(region, PRESENT_AT, i);
    setBit(region, PRESENT_AT, i, true);
    if (inFile) {
      setBit(region, WRITTEN_AT, i, true);
    }
    return !had;
  }

  /** A page is zero; returns whether it had content before. */
  boolean clear(long page) {
    if (!isPresent(page)) {
      return false;
    }
    setBit(region(page), PRESENT_AT, (int) (page % Versions.REGION_PAGES), false);
    return true;
  }

  boolean isPresent(long page) {
    return is(page, PRESENT_AT);
  }

  /** Tells whether a page was ever written into the file. */
  boolean isWritten(long page) {
    return is(page, WRITTEN_AT);
  }

  /** Returns the checksum of a present page. */
  int crc(long page) {
    return Bytes.get32(region(page), 4 * (page % Versions.REGION_PAGES));
  }

  private boolean is(long page, int at) {
    return !isEmpty(page / Versions.REGION_PAGES)
        && bit(region(page), at, (int) (page % Versions.REGION_PAGES));
  }

  private MemorySegment region(long page) {
    MemorySegment region = regions[(int) (page / Versions.REGION_PAGES)];
    if (region == null) {
      throw new IllegalStateException("page " + page + " never came");
    }
    return region;
  }

  private MemorySegment make(int number) throws IOException {
    if (number >= regions.length) {
      regions = Arrays.copyOf(regions, Math.max(number + 1, 2 * regions.length));
    }
    MemorySegment region = regions[number];
    if (region == null) {
      region = memory.take();
      region.fill((byte) 0);
      regions[number] = region;
    }
    return region;
  }

  private static boolean bit(MemorySegment region, int at, int i) {
    return (Bytes.get64(region, at + i / 64 * 8L) >>> i & 1) != 0;
  }

  private static void setBit(MemorySegment region, int at, int i, boolean value) {
    long word = at + i / 64 * 8L;
    long bits = Bytes.get64(region, word);
    Bytes.put64(region, word, value ? bits | 1L << i : bits & ~(1L << i));
  }
}
