package dev.cairn.store.file;

import com.github.luben.zstd.ZstdCompressCtx;
import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Makes frames that say what a page and an earlier version of it, its base, differ in. Not
 * thread-safe.
 */
public final class DifferenceEncoder implements Closeable {
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

  private final int pageSize;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment base;
  private final MemorySegment changed;
  private final ByteBuffer changedBuffer;
  private final MemorySegment frame;
  private final ByteBuffer frameBuffer;
  private final ZstdCompressCtx zstd = FrameEncoder.zstdContext();
  private long baseAddress = Address.ZERO;
  private int baseCrc;

  /**
   * @param pageSize bytes of the pages to come
   */
  public DifferenceEncoder(int pageSize) {
    this.pageSize = pageSize;
    base = arena.allocate(pageSize, 64);
    changed = arena.allocate(pageSize, 64);
    changedBuffer = changed.asByteBuffer();
    frame = arena.allocate(2L * pageSize + 1024, 64);
    frameBuffer = frame.asByteBuffer();
  }

  /**
   * Says what the next pages are to be told by.
   *
   * @param page is copied
   * @param crc CRC-32C of the page
   * @param address where it lies, whole, in the file that is being written; by ordinal 0
   */
  public void setBase(MemorySegment page, int crc, long address) {
    if (Address.kind(address) == Address.DIFFERENCE || Address.ordinal(address) != 0) {
      throw new IllegalArgumentException("no base: " + Long.toHexString(address));
    }
    base.copyFrom(page);
    baseCrc = crc;
    baseAddress = address;
  }

  /**
   * Compresses what a page and the base differ in.
   *
   * @param wholeBytes that the page would take in the file otherwise
   * @return the frame, padded to a multiple of 64 bytes and valid until the next call; empty if it
   *     saves less than a quarter of {@code wholeBytes}, or does not fit an address
   */
  public Optional<MemorySegment> encode(MemorySegment page, long wholeBytes) {
    if (baseAddress == Address.ZERO) {
      throw new IllegalStateException("there is no base yet");
    }
    for (long at = 0; at < pageSize; at += WORD.byteSize()) {
      changed.set(WORD, at, page.get(WORD, at) ^ base.get(WORD, at));
    }
    int length =
        zstd.compressDirectByteBuffer(
            frameBuffer,
            DifferenceDecoder.HEADER_LENGTH,
            frameBuffer.capacity() - DifferenceDecoder.HEADER_LENGTH,
            changedBuffer,
            0,
            pageSize);
    long end = DifferenceDecoder.HEADER_LENGTH + (long) length;
    long padded = Bytes.alignUp(end, Address.STEP);
    // What resembles its base so little is worth more as a base itself: see DECISIONS.md.
    if (padded > wholeBytes / 4 * 3 || padded > FrameEncoder.maxCompressed(pageSize)) {
      return Optional.empty();
    }
    Bytes.put32(frame, 0, length);
    Bytes.put32(frame, DifferenceDecoder.CRC_AT, baseCrc);
    Bytes.put64(frame, DifferenceDecoder.BASE_AT, baseAddress);
    frame.asSlice(end, padded - end).fill((byte) 0);
    return Optional.of(frame.asSlice(0, padded));
  }

  @Override
  public void close() {
    zstd.close();
    arena.close();
  }
}
