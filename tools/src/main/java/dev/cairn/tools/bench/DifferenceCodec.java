package dev.cairn.tools.bench;

import com.github.luben.zstd.ZstdCompressCtx;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.FrameEncoder;
import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * How long frames are: those of Cairn's codecs, and those that a codec would make which stores a
 * page as its difference from another one. Makes none that could be read. Not thread-safe.
 */
final class DifferenceCodec implements Closeable {
  /** How a page is told by another one. */
  enum Way {
    /** Both XORed, and that compressed. */
    XOR("XOR"),
    /** Compressed with the other one as dictionary: finds also what has moved within the page. */
    DICTIONARY("dictionary"),
    /** What a codec could do that tries both for each page. */
    SHORTER("shorter of both");

    private final String word;

    Way(String word) {
      this.word = word;
    }

    /** Returns it as the table has it. */
    String word() {
      return word;
    }
  }

  /** What {@link #difference} returns where none would be stored. */
  static final int NONE = Integer.MAX_VALUE;

  /** Checkpoint and page number of the version that the difference is from, 64 bits each. */
  static final int HEADER_BYTES = 16;

  /** Of the compressed bytes, as frames have it. */
  private static final int LENGTH_FIELD = 4;

  private static final int STEP = 64;

  /** What a difference takes that says nothing. */
  static final int LEAST_BYTES = STEP;

  /** Bytes that begin with these are taken for a trained dictionary, and mostly refused as such. */
  private static final int DICTIONARY_MAGIC = 0xEC30A437;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int pageSize;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment page;
  private final byte[] xor;
  private final byte[] compressed;
  private final FrameEncoder lz4;
  private final FrameEncoder zstd;
  private final ZstdCompressCtx ofXor = context();

  DifferenceCodec(int pageSize) {
    this.pageSize = pageSize;
    page = arena.allocate(pageSize, 4096);
    xor = new byte[pageSize];
    compressed = new byte[2 * pageSize + 1024];
    lz4 = new FrameEncoder(FrameCodec.LZ4, pageSize);
    zstd = new FrameEncoder(FrameCodec.ZSTD, pageSize);
  }

  /** Makes one that is as those of {@link FrameEncoder}. */
  private static ZstdCompressCtx context() {
    return new ZstdCompressCtx().setLevel(FrameEncoder.ZSTD_LEVEL).setContentSize(false);
  }

  int pageSize() {
    return pageSize;
  }

  /** Returns what a page's frame takes in a file, bytes. */
  int lz4(byte[] content) {
    return whole(lz4, content);
  }

  /** Returns what a page's frame takes in a file, bytes. */
  int zstd(byte[] content) {
    return whole(zstd, content);
  }

  private int whole(FrameEncoder encoder, byte[] content) {
    page.copyFrom(MemorySegment.ofArray(content));
    return Math.toIntExact(encoder.encode(page).byteSize());
  }

  /**
   * Returns what a difference takes in a file, bytes, by the rules of other frames: padded, and
   * {@link #NONE} unless it saves an eighth of a plain page.
   */
  int difference(Way way, byte[] base, byte[] content) {
    int length =
        switch (way) {
          case XOR -> xor(base, content);
          case DICTIONARY -> dictionary(base, content);
          case SHORTER -> Math.min(xor(base, content), dictionary(base, content));
        };
    if (length == NONE) {
      return NONE;
    }
    int stored = (HEADER_BYTES + LENGTH_FIELD + length + STEP - 1) / STEP * STEP;
    return stored > FrameEncoder.maxCompressed(pageSize) ? NONE : stored;
  }

  private int xor(byte[] base, byte[] content) {
    for (int i = 0; i < pageSize; i++) {
      xor[i] = (byte) (base[i] ^ content[i]);
    }
    return ofXor.compressByteArray(compressed, 0, compressed.length, xor, 0, pageSize);
  }

  private int dictionary(byte[] base, byte[] content) {
    if (MemorySegment.ofArray(base).get(INT, 0) == DICTIONARY_MAGIC) {
      return NONE;
    }
    // A context keeps its dictionary: one for each page, or the next page would see it.
    try (ZstdCompressCtx context = context().loadDict(base)) {
      return context.compressByteArray(compressed, 0, compressed.length, content, 0, pageSize);
    }
  }

  @Override
  public void close() {
    ofXor.close();
    lz4.close();
    zstd.close();
    arena.close();
  }
}
