package dev.cairn.transport.source;

import java.util.concurrent.atomic.LongAdder;

/** What a source has done since it began. Thread-safe. */
public final class SourceCounters {
  final LongAdder bytes = new LongAdder();
  final LongAdder fetches = new LongAdder();
  final LongAdder windows = new LongAdder();
  final LongAdder pages = new LongAdder();
  final LongAdder pageReads = new LongAdder();
  final LongAdder refusals = new LongAdder();
  final LongAdder holdsTaken = new LongAdder();
  final LongAdder holdsExpired = new LongAdder();

  /** Makes counters of nothing yet. */
  public SourceCounters() {}

  /** Returns how many bytes of files, pages and device states went out, or could be read. */
  public long bytes() {
    return bytes.sum();
  }

  /** Returns how many FETCH were answered. */
  public long fetches() {
    return fetches.sum();
  }

  /** Returns how many windows were given, whose bytes count whole. */
  public long windows() {
    return windows.sum();
  }

  /** Returns how many pages were given, zero ones among them. */
  public long pages() {
    return pages.sum();
  }

  /** Returns how many reads of files that took; what lies side by side is one. */
  public long pageReads() {
    return pageReads.sum();
  }

  /** Returns how many requests were refused, or failed. */
  public long refusals() {
    return refusals.sum();
  }

  /** Returns how many holds were taken. */
  public long holdsTaken() {
    return holdsTaken.sum();
  }

  /** Returns how many holds were released that nobody used. */
  public long holdsExpired() {
    return holdsExpired.sum();
  }
}
