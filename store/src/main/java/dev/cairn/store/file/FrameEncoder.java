package dev.cairn.store.file;

import com.github.luben.zstd.ZstdCompressCtx;
import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;

/**
 * Makes page frames: a page stays plain unless its compressed frame, padding included, saves an
 * eighth. Not thread-safe.
 */
public final class FrameEncoder implements Closeable {
  /** How hard zstd tries: its fastest level that is not negative. */
  public static final int ZSTD_LEVEL = 1;

  private static final int LENGTH_FIELD = 4;

  private final FrameCodec codec;
  private final int limit;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment frame;
  private final ByteBuffer frameBuffer;
  private final LZ4Compressor lz4 = LZ4Factory.fastestInstance().fastCompressor();
  private @Nullable ZstdCompressCtx zstd;

  /**
   * @param pageSize bytes of the pages to come
   */
  public FrameEncoder(FrameCodec codec, int pageSize) {
    this.codec = codec;
    this.limit = maxCompressed(pageSize);
    this.frame = arena.allocate(2L * pageSize + 1024, 64);
    this.frameBuffer = frame.asByteBuffer();
  }

  /** Returns the longest compressed frame of a page in bytes: a multiple of 64, 7/8 of a page. */
  public static int maxCompressed(int pageSize) {
    return pageSize / 8 * 7 & -64;
  }

  /**
   * Compresses a page.
   *
   * @return the frame, padded to a multiple of 64 bytes and valid until the next call, or {@code
   *     page} itself if it is to be stored plain
   */
  public MemorySegment encode(MemorySegment page) {
    int length =
        switch (codec) {
          case PLAIN -> -1;
          case LZ4 -> compressLz4(page);
          case ZSTD, ZSTD_DIFFERENCE -> compressZstd(page);
        };
    long end = (long) LENGTH_FIELD + length;
    long padded = Bytes.alignUp(end, 64);
    if (length <= 0 || padded > limit) {
      return page;
    }
    Bytes.put32(frame, 0, length);
    frame.asSlice(end, padded - end).fill((byte) 0);
    return frame.asSlice(0, padded);
  }

  /** Returns the kind of address for what {@link #encode} returned. */
  public int kind(MemorySegment page, MemorySegment encoded) {
    return encoded == page ? Address.PLAIN : codec.kind();
  }

  private int compressLz4(MemorySegment page) {
    return lz4.compress(
        page.asByteBuffer(),
        0,
        (int) page.byteSize(),
        frameBuffer,
        LENGTH_FIELD,
        frameBuffer.capacity() - LENGTH_FIELD);
  }

  /** Makes what compresses the bodies of frames. */
  static ZstdCompressCtx zstdContext() {
    return new ZstdCompressCtx().setLevel(ZSTD_LEVEL).setContentSize(false);
  }

  private int compressZstd(MemorySegment page) {
    if (zstd == null) {
      zstd = zstdContext();
    }
    return zstd.compressDirectByteBuffer(
        frameBuffer,
        LENGTH_FIELD,
        frameBuffer.capacity() - LENGTH_FIELD,
        page.asByteBuffer(),
        0,
        (int) page.byteSize());
  }

  /** Tells whether it leaves every page as it is. */
  boolean isPlain() {
    return codec == FrameCodec.PLAIN;
  }

  @Override
  public void close() {
    if (zstd != null) {
      zstd.close();
    }
    arena.close();
  }
}
