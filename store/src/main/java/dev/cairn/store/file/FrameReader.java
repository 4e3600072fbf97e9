package dev.cairn.store.file;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads frames as they are stored, after checking what they decode to. Whole ones mean the same in
 * any file; a difference means something only in its own. Not thread-safe.
 */
public final class FrameReader implements Closeable {
  private final FrameDecoder decoder = new FrameDecoder();
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment stored;
  private final MemorySegment page;
  private final DifferenceDecoder differences;
  private MemorySegment plain = MemorySegment.NULL;

  public FrameReader(int pageSize) {
    stored = arena.allocate(pageSize, 64);
    page = arena.allocate(pageSize, 64);
    differences = new DifferenceDecoder(pageSize, arena, decoder);
  }

  /**
   * Reads and checks a page frame.
   *
   * @param address of the frame in {@code file}; not ZERO
   * @param crc CRC-32C of the plain page
   * @return its stored bytes, good until the next call
   */
  public MemorySegment read(OpenFile file, long address, int crc) throws IOException {
    MemorySegment bytes = stored.asSlice(0, Address.storedBytes(address, file.header().pageSize()));
    file.readBody(Address.offset(address), bytes);
    plain = page;
    switch (Address.kind(address)) {
      case Address.PLAIN -> plain = bytes;
      case Address.DIFFERENCE -> differences.decode(file, address, bytes, page);
      default -> decoder.decode(file, address, bytes, page);
    }
    decoder.check(file, address, plain, crc);
    return bytes;
  }

  /** Returns the page that the last frame was read of, good until the next one is. */
  public MemorySegment page() {
    return plain;
  }

  @Override
  public void close() {
    decoder.close();
    arena.close();
  }
}
