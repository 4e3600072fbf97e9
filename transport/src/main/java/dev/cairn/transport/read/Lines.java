package dev.cairn.transport.read;

import dev.cairn.transport.wire.PageEntries;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * So many lines, all made at once. When another one is needed, one that was read goes, the one that
 * was used longest ago; else one that nobody has looked at for a while. Not thread-safe.
 */
final class Lines {
  private static final int PAGE_BITS = 42; // 2 TiB of 512 B, less than that

  /**
   * How many, and how large.
   *
   * @param lineBytes of a line; at most 64 pages are in one
   */
  record Size(int count, int lineBytes) {}

  private final Line[] lines;
  private final int perLine;
  private final long staleNanos;

  /**
   * Makes them.
   *
   * @param staleNanos after which a line may go that was not read
   */
  Lines(Size size, int pageSize, long staleNanos, Arena arena) {
    int count = size.count;
    this.staleNanos = staleNanos;
    perLine = Math.min(Long.SIZE, size.lineBytes / pageSize);
    lines = new Line[count];
    MemorySegment pages = arena.allocate((long) count * perLine * pageSize, 4096);
    MemorySegment entries = arena.allocate((long) count * perLine * PageEntries.BYTES, 8);
    long pageBytes = (long) perLine * pageSize;
    long entryBytes = (long) perLine * PageEntries.BYTES;
    for (int i = 0; i < count; i++) {
      lines[i] =
          new Line(
              pages.asSlice(i * pageBytes, pageBytes),
              entries.asSlice(i * entryBytes, entryBytes),
              pageSize);
    }
  }

  /** Returns how many pages a line has: a power of two, at most 64. */
  int pagesOfLine() {
    return perLine;
  }

  /** Returns what names a line: its block and its first page. */
  static long key(int block, long page) {
    return (long) block << PAGE_BITS | page;
  }

  static int block(long key) {
    return (int) (key >>> PAGE_BITS);
  }

  static long page(long key) {
    return key & ((1L << PAGE_BITS) - 1);
  }

  @Nullable Line find(long key) {
    for (Line line : lines) {
      if (line.key == key) {
        return line;
      }
    }
    return null;
  }

  /**
   * Returns which pages of a word are here, and takes note that somebody is about to read them: so
   * they stay for a while.
   *
   * @param page the word's first page
   */
  long use(int block, long page, long wanted, long now) {
    long all = 0;
    for (int at = 0; at < Long.SIZE; at += perLine) {
      long due = wanted >>> at & Line.mask(0, perLine);
      Line line = due == 0 ? null : find(key(block, page + at));
      long found = line == null ? 0 : line.here & due;
      if (line != null && found != 0) {
        line.unread |= found;
        line.usedAt = now;
        all |= found << at;
      }
    }
    return all;
  }

  /** Returns the line of a key, or one that is free for it; null if none is. */
  @Nullable Line take(long key, long now) {
    Line best = null;
    for (Line line : lines) {
      if (line.key == key) {
        return line;
      }
      if (line.isIdle() && !line.rests(now) && (best == null || goesBefore(line, best))) {
        best = line;
      }
    }
    if (best == null || (best.unread != 0 && now - best.usedAt < staleNanos)) {
      return null;
    }
    best.begin(key, now);
    return best;
  }

  private static boolean goesBefore(Line one, Line other) {
    if ((one.unread == 0) != (other.unread == 0)) {
      return one.unread == 0;
    }
    if ((one.key == Line.NONE) != (other.key == Line.NONE)) {
      return one.key == Line.NONE;
    }
    return one.usedAt - other.usedAt < 0;
  }
}
