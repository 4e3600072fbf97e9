package dev.cairn.tests.crash;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What becomes of an event that nobody has synced. Immutable.
 *
 * @param kind what survives
 * @param unit bytes that survive or do not as a whole, of a torn write
 * @param units those of a torn write that survive; they count from the file's beginning
 */
record Fate(Kind kind, int unit, BitSet units) {
  /** How much survives. */
  enum Kind {
    KEPT,
    LOST,
    /** The file is as long, but of zeros. */
    LENGTH,
    TORN
  }

  static final Fate KEPT = new Fate(Kind.KEPT, 0, new BitSet());
  static final Fate LOST = new Fate(Kind.LOST, 0, new BitSet());
  static final Fate LENGTH = new Fate(Kind.LENGTH, 0, new BitSet());

  private static final int BLOCK = 4096;

  /** Tears a write at sectors or at blocks: after some of them, or leaving any. */
  static Fate torn(DiskEvent.Write write, Random random) {
    int unit = random.nextBoolean() ? FileContent.SECTOR : BLOCK;
    int first = (int) (write.offset() / unit);
    int end = (int) ((write.offset() + write.data().byteSize() + unit - 1) / unit);
    BitSet units = new BitSet();
    if (random.nextBoolean()) {
      units.set(first, first + random.nextInt(end - first + 1));
    } else {
      for (int i = first; i < end; i++) {
        units.set(i, random.nextBoolean());
      }
    }
    return new Fate(Kind.TORN, unit, units);
  }

  /** Adds what survives of a write. */
  void addTo(List<Map.Entry<Long, MemorySegment>> pieces, DiskEvent.Write write) {
    long start = write.offset();
    long end = start + write.data().byteSize();
    switch (kind) {
      case LOST -> {}
      case KEPT -> pieces.add(Map.entry(start, write.data()));
      case LENGTH -> {
        if (end > start) {
          pieces.add(Map.entry(end - 1, MemorySegment.ofArray(new byte[1])));
        }
      }
      case TORN -> {
        for (int i = units.nextSetBit(0); i >= 0; i = units.nextSetBit(i + 1)) {
          long from = Math.max(start, (long) i * unit);
          long to = Math.min(end, (long) (i + 1) * unit);
          pieces.add(Map.entry(from, write.data().asSlice(from - start, to - from)));
        }
      }
    }
  }
}
