package dev.cairn.tools.demo;

import dev.cairn.tools.linux.AnonymousMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Flips one bit on the way into the restored guest, to show that the demo can fail. Immutable.
 *
 * @param on off but in tests
 */
record Spoiler(boolean on) {
  /** A page of the table, in its first quarter. */
  private static final long PAGE = 2;

  private static final long OFFSET = 1_000;

  /** Flips the bit, if its page is among these. */
  void spoil(long firstPage, MemorySegment data) {
    long at = (PAGE - firstPage) * AnonymousMemory.PAGE_BYTES + OFFSET;
    if (on && at >= 0 && at < data.byteSize()) {
      byte before = data.get(ValueLayout.JAVA_BYTE, at);
      data.set(ValueLayout.JAVA_BYTE, at, (byte) (before ^ 1));
    }
  }
}
