package dev.cairn.store.file;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.cairn.store.CorruptFileException;
import java.io.Closeable;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;

/** Turns compressed frames back into pages, and checks pages. Not thread-safe. */
public final class FrameDecoder implements Closeable {
  private final LZ4SafeDecompressor lz4 = LZ4Factory.fastestInstance().safeDecompressor();

  /** Made with the first zstd frame: most chains have none. */
  private @Nullable ZstdDecompressCtx zstd;

  private final Crc crc = new Crc();

  /** Makes a decoder; close it to free its native context. */
  public FrameDecoder() {}

  /**
   * Decompresses a page frame that holds a whole page; for others there is {@link
   * DifferenceDecoder}.
   *
   * @param where file and address, for errors
   * @param frame the whole frame, padding included
   * @param page native memory, filled wholly
   */
  void decode(OpenFile where, long address, MemorySegment frame, MemorySegment page)
      throws CorruptFileException {
    long offset = Address.offset(address);
    long length = frame.byteSize() < 4 ? 0 : Bytes.getU32(frame, 0);
    if (length < 1 || length > frame.byteSize() - 4) {
      throw new CorruptFileException(
          where.name(), "length of a frame", offset, "1.." + (frame.byteSize() - 4), length);
    }
    inflate(where, address, frame.asSlice(4, length), page);
  }

  /**
   * Decompresses the body of a frame, by the kind of its address: LZ4, else zstd.
   *
   * @param page native memory, filled wholly
   */
  void inflate(OpenFile where, long address, MemorySegment body, MemorySegment page)
      throws CorruptFileException {
    long offset = Address.offset(address);
    int length = (int) body.byteSize();
    long actual;
    try {
      actual =
          Address.kind(address) == Address.LZ4
              ? lz4.decompress(
                  body.asByteBuffer(), 0, length, page.asByteBuffer(), 0, (int) page.byteSize())
              : zstd()
                  .decompressDirectByteBuffer(
                      page.asByteBuffer(),
                      0,
                      (int) page.byteSize(),
                      body.asByteBuffer(),
                      0,
                      length);
    } catch (LZ4Exception | ZstdException e) {
      throw new CorruptFileException(
          where.name(), "compressed frame", offset, "a whole page", String.valueOf(e.getMessage()));
    }
    if (actual != page.byteSize()) {
      throw new CorruptFileException(where.name(), "page length", offset, page.byteSize(), actual);
    }
  }

  /** Checks a page in the buffer from which it will be used. */
  void check(OpenFile where, long address, MemorySegment page, int expected)
      throws CorruptFileException {
    require(where, address, crc.of(page), expected);
  }

  /**
   * Checks one page of a window, in the memory from which it will be used, and allocates nothing.
   *
   * @param slot which page of it
   */
  void check(OpenFile where, long address, MemorySegment window, long slot, int expected)
      throws CorruptFileException {
    long length = where.header().pageSize();
    require(where, address, crc.of(window, slot * length, length), expected);
  }

  private static void require(OpenFile where, long address, int actual, int expected)
      throws CorruptFileException {
    if (actual != expected) {
      throw new CorruptFileException(
          where.name(),
          "page CRC",
          Address.offset(address),
          HexFormat.of().toHexDigits(expected),
          HexFormat.of().toHexDigits(actual));
    }
  }

  private ZstdDecompressCtx zstd() {
    if (zstd == null) {
      zstd = new ZstdDecompressCtx();
    }
    return zstd;
  }

  @Override
  public void close() {
    if (zstd != null) {
      zstd.close();
    }
  }
}
