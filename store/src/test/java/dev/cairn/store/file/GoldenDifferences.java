package dev.cairn.store.file;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The differences among the golden files of version 2: from a plain base, and from a compressed
 * one. Not thread-safe.
 */
final class GoldenDifferences implements Closeable {
  /** Has a version at 1 and one at 2 that differ in each eighth byte. */
  private static final long TWICE = 2;

  /** Neighbours at checkpoint 1; a base need not be of the same page. */
  private static final long FIRST = 4100;

  private static final long SECOND = 4101;

  private final DifferenceEncoder differences = new DifferenceEncoder(GoldenHistory.PAGE);
  private final FrameEncoder zstd = new FrameEncoder(FrameCodec.ZSTD, GoldenHistory.PAGE);
  private int seenTwice;
  private int seenFirst;

  /** Tells whether the next version of a page is to be given to {@link #add}. */
  boolean takes(long key) {
    return (key == TWICE && seenTwice < 2) || (key == FIRST && seenFirst < 1) || key == SECOND;
  }

  /** Writes a version and returns its address. */
  long add(long key, MemorySegment frame, MemorySegment page, int crc, PagesWriter writer)
      throws IOException {
    if (key == SECOND || (key == TWICE && seenTwice == 1)) {
      seenTwice += key == TWICE ? 1 : 0;
      MemorySegment difference =
          differences.encode(page, 2L * GoldenHistory.PAGE).orElseThrow(AssertionError::new);
      long offset = writer.add(Address.DIFFERENCE, difference);
      return Address.of(Address.DIFFERENCE, 0, offset, (int) difference.byteSize());
    }
    long address;
    if (key == TWICE) {
      seenTwice++;
      address = Address.of(Address.PLAIN, 0, writer.add(Address.PLAIN, frame));
    } else {
      seenFirst++;
      MemorySegment whole = zstd.encode(page);
      long offset = writer.add(Address.ZSTD, whole);
      address = Address.of(Address.ZSTD, 0, offset, (int) whole.byteSize());
    }
    differences.setBase(page, crc, address);
    return address;
  }

  @Override
  public void close() {
    differences.close();
    zstd.close();
  }
}
