package dev.cairn.transport.read;

import dev.cairn.transport.wire.PageEntries;
import java.lang.foreign.MemorySegment;

/**
 * Pages of a block that follow each other, at most 64, and what is known of each: one bit. Its
 * memory is lent to requests; a page belongs to one at most. Not thread-safe.
 */
final class Line {
  /** Of a line that has no pages. */
  static final long NONE = -1;

  private final MemorySegment pages;
  private final MemorySegment entries;
  private final int pageSize;

  /** Which pages, as {@link Lines#key}. */
  long key = NONE;

  /** Those that are on their way into this memory. */
  long asked;

  /** Those that are here, and checked. */
  long here;

  /** Those of them that are other than zero. */
  long present;

  /** Those of them that somebody wants, and has not read. */
  long unread;

  /** Readers that copy out of it just now. */
  int readers;

  /** When something of it came, or was looked at. */
  long usedAt;

  /** Whether pages of it were refused, and when they may be asked for again. */
  boolean refused;

  long askAgainAt;

  Line(MemorySegment pages, MemorySegment entries, int pageSize) {
    this.pages = pages;
    this.entries = entries;
    this.pageSize = pageSize;
  }

  /** Begins with other pages, of which none is here. */
  void begin(long newKey, long now) {
    key = newKey;
    asked = 0;
    here = 0;
    present = 0;
    unread = 0;
    refused = false;
    usedAt = now;
  }

  /** Tells whether nobody uses its memory. */
  boolean isIdle() {
    return asked == 0 && readers == 0;
  }

  /** Tells whether it must not be asked for pages yet. */
  boolean rests(long now) {
    return refused && askAgainAt - now > 0;
  }

  MemorySegment pages(int from, int count) {
    return pages.asSlice((long) from * pageSize, (long) count * pageSize);
  }

  MemorySegment entries(int from, int count) {
    return entries.asSlice((long) from * PageEntries.BYTES, (long) count * PageEntries.BYTES);
  }

  /** Copies pages out of it, each to its place. */
  void copy(long bits, MemorySegment into, long offset) {
    for (long rest = bits; rest != 0; ) {
      int from = Long.numberOfTrailingZeros(rest);
      int count = Long.numberOfTrailingZeros(~(rest >>> from));
      long bytes = (long) count * pageSize;
      long at = (long) from * pageSize;
      MemorySegment.copy(pages, at, into, offset + at, bytes);
      rest &= ~mask(from, count);
    }
  }

  static long mask(int from, int count) {
    return -1L >>> (Long.SIZE - count) << from;
  }
}
