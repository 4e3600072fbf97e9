package dev.cairn.tools.migration;

import java.util.Arrays;

/**
 * Which pages have come in one body of a stream: a bit for each, in words of 64 that a hash table
 * finds, so that it grows with what came and not with what was announced. Not thread-safe.
 */
final class SeenPages {
  private static final int LEAST = 64;
  private static final long FREE = 0;

  /** Block and number of the word, plus 1; or {@link #FREE}. */
  private long[] keys = new long[LEAST];

  private long[] bits = new long[LEAST];
  private final long spread;
  private int count;
  private int last;

  /**
   * Makes an empty one.
   *
   * @param spread a random number: who does not know it cannot make keys that collide
   */
  SeenPages(long spread) {
    this.spread = spread | 1;
  }

  /** Forgets all pages. */
  void clear() {
    if (count * 16L < keys.length && keys.length > LEAST) {
      int capacity = Math.max(LEAST, keys.length / 4);
      keys = new long[capacity];
      bits = new long[capacity];
    } else if (count > 0) {
      Arrays.fill(keys, FREE);
      Arrays.fill(bits, 0);
    }
    count = 0;
    last = 0;
  }

  /**
   * Adds a page.
   *
   * @param block 0 to 65,535
   * @param page below 2^40
   * @return false if it is there already
   */
  boolean add(int block, long page) {
    long key = ((long) block << 40 | page >>> 6) + 1;
    if (keys[last] != key) {
      last = find(key);
    }
    long bit = 1L << page;
    boolean added = (bits[last] & bit) == 0;
    bits[last] |= bit;
    return added;
  }

  private int find(long key) {
    int slot = slot(key);
    if (keys[slot] == FREE) {
      if (++count > keys.length / 2) {
        grow();
        slot = slot(key);
      }
      keys[slot] = key;
    }
    return slot;
  }

  /** Returns where a key stands, or the free slot where it belongs. */
  private int slot(long key) {
    int mask = keys.length - 1;
    int slot = (int) ((key * spread) >>> Long.numberOfLeadingZeros(mask)); // its highest bits
    while (keys[slot] != key && keys[slot] != FREE) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldBits = bits;
    keys = new long[oldKeys.length * 2];
    bits = new long[oldKeys.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        bits[slot] = oldBits[i];
      }
    }
  }
}
