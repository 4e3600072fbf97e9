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
  private static final int SHIFT = 20;

  private final StoreOutput out;
  private final Arena arena;
  private final MemorySegment buffer;
  private final BitSet touched = new BitSet(BlockSums.BLOCK / UNIT);
  private final BlockSums sums = new BlockSums();
  private final Crc crc = new Crc();
  private long block;
  private long position;
  private long writtenBytes;
  private int blockCrc;
  private int summed; // bytes of the block that blockCrc covers
  private boolean foreign; // somebody else has written a part of the block

  BodyWriter(StoreOutput out) {
    this(out, Arena.ofConfined());
  }

  /**
   * @param arena closed with this; where several threads write, one after another, it is shared
   */
  BodyWriter(StoreOutput out, Arena arena) {
    this.out = out;
    this.arena = arena;
    this.buffer = arena.allocate(BlockSums.BLOCK, UNIT);
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
    if (offset >> SHIFT != block) {
      zero(inBlock(position), BlockSums.BLOCK);
      flush(BlockSums.BLOCK);
      block = offset >> SHIFT;
      zero(0, inBlock(offset));
    } else {
      zero(inBlock(position), inBlock(offset));
    }
    position = offset;
  }

  /**
   * Goes over a block that somebody else writes.
   *
   * @param number of the block, not below the one that {@link #position} lies in
   * @param sum CRC-32C of all of it
   */
  void passOver(long number, int sum) throws IOException {
    skipTo(number << SHIFT);
    sums.add(number, sum);
    block = number + 1;
    position = block << SHIFT;
  }

  /**
   * Goes over the beginning of a block that somebody else writes, but for its last unit where that
   * is not whole.
   *
   * @param length bytes of the beginning, less than the block
   * @param sum CRC-32C of these
   * @param unit where the last unit is not whole: its bytes; of no length if they are zeros
   */
  void passOver(long number, int length, int sum, MemorySegment unit) throws IOException {
    skipTo(number << SHIFT);
    int whole = length & -UNIT;
    if (whole < length) {
      zero(whole, length);
      if (unit.byteSize() > 0) {
        MemorySegment.copy(unit, 0, buffer, whole, length - whole);
        touched.set(whole / UNIT);
      }
    }
    blockCrc = sum;
    summed = length;
    position += length;
    foreign = true;
  }

  /** Pads with zeros to a multiple of {@code alignment}, a power of two. */
  void align(long alignment) throws IOException {
    skipTo(Bytes.alignUp(position, alignment));
  }

  /**
   * Returns the place of the next bytes, as far as it is free: what is prepared there and then
   * appended, all or some of it in order, need not be copied.
   *
   * @param most bytes
   */
  MemorySegment room(long most) {
    int at = inBlock(position);
    return buffer.asSlice(at, Math.min(most, BlockSums.BLOCK - at));
  }

  void append(MemorySegment data) throws IOException {
    long done = 0;
    while (done < data.byteSize()) {
      int at = inBlock(position);
      long length = Math.min(data.byteSize() - done, BlockSums.BLOCK - at);
      if (data.address() + done != buffer.address() + at) {
        MemorySegment.copy(data, done, buffer, at, length);
      }
      touched.set(at / UNIT, (int) ((at + length - 1) / UNIT) + 1);
      done += length;
      position += length;
      if (at + length == BlockSums.BLOCK) {
        flush(BlockSums.BLOCK);
        block++;
      }
    }
  }

  /**
   * Appends bytes whose checksum is known.
   *
   * @param dataCrc CRC-32C of the data
   */
  void append(MemorySegment data, int dataCrc) throws IOException {
    int at = inBlock(position);
    long length = data.byteSize();
    if (at + length <= BlockSums.BLOCK) {
      sumTo(at);
      blockCrc = CrcJoin.join(blockCrc, dataCrc, length);
      summed = at + (int) length;
    }
    append(data);
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
    flush(inBlock(position));
    return sums;
  }

  private static int inBlock(long offset) {
    return (int) (offset & BlockSums.BLOCK - 1);
  }

  private void zero(int from, int to) {
    buffer.asSlice(from, to - from).fill((byte) 0);
  }

  /** Takes the checksum of what lies in the block up to an offset and is not in it yet. */
  private void sumTo(int end) {
    if (summed < end) {
      int length = end - summed;
      blockCrc = CrcJoin.join(blockCrc, crc.of(buffer, summed, length), length);
      summed = end;
    }
  }

  /**
   * @param end bytes of the current block that belong to the body
   */
  private void flush(int end) throws IOException {
    if (foreign || !touched.isEmpty()) {
      sumTo(end);
      long start = block << SHIFT;
      for (int from = touched.nextSetBit(0); from >= 0; ) {
        int to = touched.nextClearBit(from);
        long at = (long) from * UNIT;
        long length = Math.min((long) to * UNIT, end) - at;
        out.write(start + at, buffer.asSlice(at, length));
        writtenBytes += length;
        from = touched.nextSetBit(to);
      }
      sums.add(block, blockCrc);
      touched.clear();
    }
    blockCrc = 0;
    summed = 0;
    foreign = false;
  }

  @Override
  public void close() {
    arena.close();
  }
}
