package dev.cairn.store.file;

import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Writes a file's body from its beginning to its end, by blocks of one MiB, and takes their
 * checksums. What is skipped stays a hole. Not thread-safe.
 */
final class BodyWriter implements Closeable {
  private static final int UNIT = 4096;

  private final StoreOutput out;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BlockSums.BLOCK, UNIT);
  private final BitSet touched = new BitSet(BlockSums.BLOCK / UNIT);
  private final BlockSums sums = new BlockSums();
  private final Crc crc = new Crc();
  private long block;
  private long position;
  private long writtenBytes;

  BodyWriter(StoreOutput out) {
    this.out = out;
  }

  /** Returns the offset of the next byte. */
  long position() {
    return position;
  }

  /** Returns how many bytes were written so far: what is skipped by 4 KiB does not count. */
  long writtenBytes() {
    return writtenBytes;
  }

  /** Goes on at a later offset; the bytes between are zeros. */
  void skipTo(long offset) throws IOException {
    if (offset < position) {
      throw new IllegalArgumentException("from " + position + " back to " + offset);
    }
    if (offset >> 20 != block) {
      flush(BlockSums.BLOCK);
      block = offset >> 20;
    }
    position = offset;
  }

  /** Pads with zeros to a multiple of {@code alignment}, a power of two. */
  void align(long alignment) throws IOException {
    skipTo(Bytes.alignUp(position, alignment));
  }

  void append(MemorySegment data) throws IOException {
    long done = 0;
    while (done < data.byteSize()) {
      int at = (int) (position & BlockSums.BLOCK - 1);
      long length = Math.min(data.byteSize() - done, BlockSums.BLOCK - at);
      MemorySegment.copy(data, done, buffer, at, length);
      touched.set(at / UNIT, (int) ((at + length - 1) / UNIT) + 1);
      done += length;
      skipTo(position + length);
    }
  }

  /**
   * Appends a frame: what an address leads to. Also an empty one takes a step, so that no two share
   * an offset.
   *
   * @return its offset
   */
  long frame(long alignment, MemorySegment bytes) throws IOException {
    align(alignment);
    long offset = position;
    append(bytes);
    if (bytes.byteSize() == 0) {
      skipTo(offset + Address.STEP);
    }
    return offset;
  }

  /** Writes what is left and returns the checksums; the body ends at {@link #position}. */
  BlockSums finish() throws IOException {
    flush(position - (block << 20));
    return sums;
  }

  /**
   * @param end bytes of the current block that belong to the body
   */
  private void flush(long end) throws IOException {
    if (touched.isEmpty()) {
      return;
    }
    long start = block << 20;
    for (int from = touched.nextSetBit(0); from >= 0; ) {
      int to = touched.nextClearBit(from);
      long at = (long) from * UNIT;
      long length = Math.min((long) to * UNIT, end) - at;
      out.write(start + at, buffer.asSlice(at, length));
      writtenBytes += length;
      from = touched.nextSetBit(to);
    }
    sums.add(block, crc.of(buffer, 0, end));
    buffer.fill((byte) 0);
    touched.clear();
  }

  @Override
  public void close() {
    arena.close();
  }
}
