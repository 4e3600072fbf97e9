package dev.cairn.transport.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The entries of PAGES_ARE in memory: 8 bytes a page, u32 kind and u32 CRC-32C. Stateless. */
public final class PageEntries {
  /** Bytes of an entry. */
  public static final int BYTES = 8;

  /** Kind of a page that is zero, and has no bytes. */
  public static final int ZERO = 0;

  /** Kind of a page that has its bytes. */
  public static final int PLAIN = 1;

  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private PageEntries() {}

  /** Writes the entry of a page. */
  public static void put(MemorySegment entries, int index, int kind, int crc) {
    entries.set(U32, (long) index * BYTES, kind);
    entries.set(U32, (long) index * BYTES + 4, crc);
  }

  /** Returns the kind of a page. */
  public static int kind(MemorySegment entries, int index) {
    return entries.get(U32, (long) index * BYTES);
  }

  /** Returns the CRC-32C of a page, from when it was captured. */
  public static int crc(MemorySegment entries, int index) {
    return entries.get(U32, (long) index * BYTES + 4);
  }

  /** Returns how many of the first pages have bytes. */
  public static int plain(MemorySegment entries, int count) {
    int plain = 0;
    for (int i = 0; i < count; i++) {
      plain += kind(entries, i) == PLAIN ? 1 : 0;
    }
    return plain;
  }
}
