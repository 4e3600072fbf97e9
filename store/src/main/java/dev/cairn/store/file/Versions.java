package dev.cairn.store.file;

import java.util.Arrays;

/**
 * The versions of one region while it is put together: parallel columns, sorted by page and then by
 * checkpoint. Reused from region to region. Not thread-safe.
 */
public final class Versions {
  /** Pages of a region. */
  public static final int REGION_PAGES = 4096;

  private int size;
  private short[] pages = new short[64];
  private long[] checkpoints = new long[64];
  private int[] crcs = new int[64];
  private long[] addresses = new long[64];

  /** Makes an empty table. */
  public Versions() {}

  /** Returns how many versions there are. */
  public int size() {
    return size;
  }

  /** Takes all versions out. */
  public void clear() {
    size = 0;
  }

  /**
   * Adds the next version.
   *
   * @param page within the region, 0..4095
   * @throws IllegalArgumentException if it is not above the one before
   */
  public void add(int page, long checkpoint, int crc, long address) {
    if (page < 0 || page >= REGION_PAGES) {
      throw new IllegalArgumentException("page " + page + " of a region");
    }
    if (size > 0) {
      int previous = pages[size - 1];
      if (page < previous || (page == previous && checkpoint <= checkpoints[size - 1])) {
        throw new IllegalArgumentException("page " + page + " after page " + previous);
      }
    }
    if (size == pages.length) {
      int capacity = size * 2;
      pages = Arrays.copyOf(pages, capacity);
      checkpoints = Arrays.copyOf(checkpoints, capacity);
      crcs = Arrays.copyOf(crcs, capacity);
      addresses = Arrays.copyOf(addresses, capacity);
    }
    pages[size] = (short) page;
    checkpoints[size] = checkpoint;
    crcs[size] = crc;
    addresses[size] = address;
    size++;
  }

  /** Returns the page of the i-th version, within the region. */
  public int page(int i) {
    return pages[i];
  }

  public long checkpoint(int i) {
    return checkpoints[i];
  }

  public int crc(int i) {
    return crcs[i];
  }

  public long address(int i) {
    return addresses[i];
  }

  /** Tells whether the i-th version is its page's first one. */
  public boolean isFirst(int i) {
    return i == 0 || pages[i] != pages[i - 1];
  }

  /** Tells whether the i-th version is its page's last one. */
  public boolean isLast(int i) {
    return i == size - 1 || pages[i] != pages[i + 1];
  }

  /** Returns how many distinct pages there are. */
  public int pageCount() {
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (isFirst(i)) {
        count++;
      }
    }
    return count;
  }
}
