package dev.cairn.store.file;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads frames as they are stored, after checking what they decode to. Not thread-safe. */
public final class FrameReader implements Closeable {
  private final FrameDecoder decoder = new FrameDecoder();
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment stored;
  private final MemorySegment page;

  public FrameReader(int pageSize) {
    stored = arena.allocate(pageSize, 64);
    page = arena.allocate(pageSize, 64);
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
    MemorySegment plain = bytes;
    if (Address.kind(address) != Address.PLAIN) {
      decoder.decode(file, address, bytes, page);
      plain = page;
    }
    decoder.check(file, address, plain, crc);
    return bytes;
  }

  @Override
  public void close() {
    decoder.close();
    arena.close();
  }
}
