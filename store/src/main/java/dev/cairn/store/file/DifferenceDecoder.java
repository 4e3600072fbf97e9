package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Turns differences back into pages: finds the base in the same file, reads it where it is not at
 * hand, and checks it. A base is whole, so there is never a second step. Allocates memory with the
 * first difference: most files have none. Layout: FORMAT.md, Differences. Not thread-safe.
 */
final class DifferenceDecoder {
  /** Bytes of a frame before the compressed ones. */
  static final int HEADER_LENGTH = 16;

  static final int CRC_AT = 4;
  static final int BASE_AT = 8;

  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

  private final int pageSize;
  private final Arena arena;
  private final FrameDecoder decoder;
  private MemorySegment stored = MemorySegment.NULL;
  private MemorySegment base = MemorySegment.NULL;
  private @Nullable OpenFile known;
  private MemorySegment knownBytes = MemorySegment.NULL;
  private long knownAt;
  private long reads;

  /**
   * @param arena gives memory; outlives this
   * @param decoder for the compressed bytes; not closed here
   */
  DifferenceDecoder(int pageSize, Arena arena, FrameDecoder decoder) {
    this.pageSize = pageSize;
    this.arena = arena;
    this.decoder = decoder;
  }

  /** Returns how many bases it had to read. */
  long reads() {
    return reads;
  }

  /**
   * Says what bytes of a file's body are at hand, until it is said of others.
   *
   * @param offset where in the file they begin
   */
  void know(OpenFile file, MemorySegment bytes, long offset) {
    known = file;
    knownBytes = bytes;
    knownAt = offset;
  }

  /**
   * Makes a page; its own checksum is still to be checked.
   *
   * @param where the file that has the frame
   * @param frame the whole frame, padding included
   * @param page native memory, filled wholly
   */
  void decode(OpenFile where, long address, MemorySegment frame, MemorySegment page)
      throws IOException {
    long offset = Address.offset(address);
    long most = frame.byteSize() - HEADER_LENGTH;
    long length = most < 1 ? 0 : Bytes.getU32(frame, 0);
    if (length < 1 || length > most) {
      throw new CorruptFileException(
          where.name(), "length of a difference", offset, "1.." + most, length);
    }
    MemorySegment whole = base(where, address, frame);
    decoder.inflate(where, address, frame.asSlice(HEADER_LENGTH, length), page);
    for (long at = 0; at < pageSize; at += WORD.byteSize()) {
      page.set(WORD, at, page.get(WORD, at) ^ whole.get(WORD, at));
    }
  }

  /** Returns the base's plain bytes, checked. */
  private MemorySegment base(OpenFile where, long address, MemorySegment frame) throws IOException {
    long baseAddress = Bytes.get64(frame, BASE_AT);
    require(where, address, baseAddress);
    if (base.byteSize() == 0) {
      stored = arena.allocate(pageSize, 64);
      base = arena.allocate(pageSize, 64);
    }
    long from = Address.offset(baseAddress);
    long length = Address.storedBytes(baseAddress, pageSize);
    MemorySegment bytes;
    if (where == known && from >= knownAt && from + length <= knownAt + knownBytes.byteSize()) {
      bytes = knownBytes.asSlice(from - knownAt, length);
    } else {
      bytes = stored.asSlice(0, length);
      reads++;
      where.readBody(from, bytes);
    }
    MemorySegment plain = bytes;
    if (Address.kind(baseAddress) != Address.PLAIN) {
      decoder.decode(where, baseAddress, bytes, base);
      plain = base;
    }
    decoder.check(where, baseAddress, plain, Bytes.get32(frame, CRC_AT));
    return plain;
  }

  private void require(OpenFile where, long address, long baseAddress) throws CorruptFileException {
    long offset = Address.offset(address);
    if (!where.header().mayHaveDifferences()) {
      throw new CorruptFileException(
          where.name(),
          "version of a file that has a difference",
          offset,
          FileHeader.DIFFERENCES_VERSION,
          where.header().version());
    }
    // As in a file of version 1, which has no differences; and only ordinal 0 is below 1.
    boolean whole =
        baseAddress != Address.ZERO
            && Address.isSound(baseAddress, pageSize, 1, FileHeader.VERSION);
    long from = Address.offset(baseAddress);
    if (!whole
        || from < Address.neededFrom(address, pageSize)
        || from + Address.storedBytes(baseAddress, pageSize) > offset) {
      throw new CorruptFileException(
          where.name(),
          "base of a difference",
          offset,
          "a whole page from "
              + Address.neededFrom(address, pageSize)
              + " on that ends before the difference",
          HexFormat.of().toHexDigits(baseAddress));
    }
  }
}
