package dev.cairn.merge;

import dev.cairn.store.file.Address;
import dev.cairn.store.file.DifferenceEncoder;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.PagesWriter;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Copies the versions of pages into a page file, those of one page one after another: each as its
 * difference from the nearest one below that is whole, or whole, where that takes little more. A
 * base has been written just before, into the same file, so no rule of visibility can take it away.
 * Not thread-safe.
 */
final class PackedDifferences implements Closeable {
  /** Most differences from one base: a base that rots takes no more with it. */
  private static final int MOST_FROM_ONE = 8;

  private final FrameMap moved;
  private final PagesWriter writer;
  private final PackedWhole whole;
  private final DifferenceEncoder differences;
  private long baseKey = -1;
  private long baseOffset;
  private int fromBase;

  PackedDifferences(FrameMap moved, PagesWriter writer, int pageSize) {
    this.moved = moved;
    this.writer = writer;
    this.whole = new PackedWhole(writer, pageSize, Optional.of(FrameCodec.ZSTD));
    this.differences = new DifferenceEncoder(pageSize);
  }

  /**
   * Copies a version unless it is copied already, as another's that has the same frame.
   *
   * @param key of the page: pages ascend, versions of a page ascend
   * @param file that the frame lies in
   * @param number by which the file goes in the map
   * @param crc CRC-32C of the page
   */
  void add(long key, OpenFile file, int number, long address, int crc) throws IOException {
    if (moved.isCopied(number, address)) {
      return;
    }
    MemorySegment frame = whole.read(file, address, crc);
    if (key == baseKey && fromBase < MOST_FROM_ONE && writer.reaches(baseOffset)) {
      Optional<MemorySegment> difference = differences.encode(whole.page(), frame.byteSize());
      if (difference.isPresent()) {
        long offset = writer.add(Address.DIFFERENCE, difference.get());
        int length = (int) difference.get().byteSize();
        moved.put(number, address, Address.of(Address.DIFFERENCE, 0, offset, length));
        fromBase++;
        return;
      }
    }
    long newAddress = whole.write(address, frame);
    moved.put(number, address, newAddress);
    differences.setBase(whole.page(), crc, newAddress);
    baseKey = key;
    baseOffset = Address.offset(newAddress);
    fromBase = 0;
  }

  @Override
  public void close() {
    whole.close();
    differences.close();
  }
}
