package dev.cairn.tests;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The memory of a machine that nobody has, as a function of a checkpoint's number: who restores a
 * point knows what it must be, without asking the one who wrote it. A page carries the number of
 * the checkpoint that wrote it last, its own number, and a checksum. Immutable.
 */
public final class NumberedMemory {
  public static final int PAGE_SIZE = 4096;

  private static final int CRC_AT = PAGE_SIZE - Long.BYTES;

  private final int pages;

  /**
   * Makes a machine.
   *
   * @param pages that it has; an eighth of them is written at every second checkpoint
   */
  public NumberedMemory(int pages) {
    this.pages = pages;
  }

  /** Returns the memory at a checkpoint. */
  public byte[] at(long checkpoint) {
    byte[] memory = new byte[pages * PAGE_SIZE];
    for (int page = 0; page < pages; page++) {
      fill(memory, page, lastWrite(checkpoint, page));
    }
    return memory;
  }

  /** Tells whether a page is zero at a checkpoint. */
  public boolean isZero(long checkpoint, int page) {
    return draw(lastWrite(checkpoint, page), page, 2) % 8 == 0;
  }

  /** Returns the last checkpoint up to that one which wrote a page. */
  private long lastWrite(long checkpoint, int page) {
    long n = checkpoint;
    while (n > 0 && !writes(n, page)) {
      n--;
    }
    return n;
  }

  private boolean writes(long checkpoint, int page) {
    int oneIn = page < pages / 8 ? 2 : 32;
    return draw(checkpoint, page, 1) % oneIn == 0;
  }

  private void fill(byte[] memory, int page, long checkpoint) {
    if (draw(checkpoint, page, 2) % 8 == 0) {
      return; // a zero page
    }
    ByteBuffer b =
        ByteBuffer.wrap(memory, page * PAGE_SIZE, PAGE_SIZE).slice().order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(checkpoint).putLong(page);
    long filling = draw(checkpoint, page, 3);
    while (b.position() < CRC_AT) {
      filling = filling * 6364136223846793005L + 1442695040888963407L;
      b.putLong(filling);
    }
    b.putLong(crc(b));
  }

  private static long crc(ByteBuffer page) {
    CRC32 crc = new CRC32();
    crc.update(page.slice(0, CRC_AT));
    return crc.getValue();
  }

  /** Mixes as splitmix64 does: the same for ever. */
  private static long draw(long checkpoint, int page, int what) {
    long z = (checkpoint << 24) + ((long) page << 4) + what + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return (z ^ (z >>> 31)) >>> 1;
  }

  /** Checks every byte. */
  public void check(long checkpoint, byte[] memory, String what) {
    byte[] expected = at(checkpoint);
    int at = Arrays.mismatch(expected, memory);
    if (at >= 0) {
      int page = at / PAGE_SIZE;
      throw new AssertionError(
          "%s: wrong byte %d of %d (page %d): expected %s, found %s"
              .formatted(
                  what, at, expected.length, page, tell(expected, page), tell(memory, page)));
    }
  }

  /** Says what a page claims to be. */
  private static String tell(byte[] memory, int page) {
    if (memory.length < (page + 1) * PAGE_SIZE) {
      return "no such page in " + memory.length + " bytes";
    }
    ByteBuffer b =
        ByteBuffer.wrap(memory, page * PAGE_SIZE, PAGE_SIZE).slice().order(ByteOrder.LITTLE_ENDIAN);
    if (b.mismatch(ByteBuffer.allocate(PAGE_SIZE)) < 0) {
      return "a zero page";
    }
    String whole = crc(b) == b.getLong(CRC_AT) ? "" : ", with a wrong checksum";
    return "page " + b.getLong(8) + " as written at " + b.getLong(0) + whole;
  }
}
