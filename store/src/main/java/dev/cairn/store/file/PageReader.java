package dev.cairn.store.file;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the frames of a window of pages: sorted by file and offset, neighbours in one read, each
 * page checked in the memory that is handed on. Not thread-safe.
 */
public final class PageReader implements Closeable {
  private record Wanted(OpenFile file, long address, int crc, int slot) {
    long offset() {
      return Address.offset(address);
    }

    boolean plain() {
      return Address.kind(address) == Address.PLAIN;
    }
  }

  private static final Comparator<Wanted> BY_PLACE =
      Comparator.comparingLong((Wanted w) -> w.file.header().name().fileId())
          .thenComparingLong(Wanted::offset);

  private final int pageSize;
  private final FrameDecoder decoder = new FrameDecoder();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment frame;
  private final List<Wanted> wanted = new ArrayList<>();

  public PageReader(int pageSize) {
    this.pageSize = pageSize;
    frame = arena.allocate(pageSize, 64);
  }

  /** Starts a window. */
  public void begin() {
    wanted.clear();
  }

  /**
   * Asks for a page.
   *
   * @param address its frame in {@code file}; not ZERO
   * @param crc CRC-32C of its plain bytes
   * @param slot which page of the window it becomes
   */
  public void want(OpenFile file, long address, int crc, int slot) {
    wanted.add(new Wanted(file, address, crc, slot));
  }

  /**
   * Reads and checks all pages that were asked for; the window's other pages become zero.
   *
   * @param window native memory of {@code count} pages
   */
  public void readInto(MemorySegment window, int count) throws IOException {
    if (wanted.size() < count) {
      window.fill((byte) 0);
    }
    wanted.sort(BY_PLACE);
    for (int i = 0; i < wanted.size(); ) {
      int end = i + 1;
      while (end < wanted.size() && follows(wanted.get(end - 1), wanted.get(end))) {
        end++;
      }
      Wanted first = wanted.get(i);
      MemorySegment target =
          window.asSlice((long) first.slot * pageSize, (long) (end - i) * pageSize);
      if (first.plain()) {
        first.file.readBody(first.offset(), target);
      } else {
        decode(first, target);
      }
      for (int k = i; k < end; k++) {
        Wanted w = wanted.get(k);
        decoder.check(w.file, w.address, window.asSlice((long) w.slot * pageSize, pageSize), w.crc);
      }
      i = end;
    }
  }

  private boolean follows(Wanted a, Wanted b) {
    return a.plain()
        && b.plain()
        && a.file == b.file
        && b.slot == a.slot + 1
        && b.offset() == a.offset() + pageSize;
  }

  private void decode(Wanted w, MemorySegment page) throws IOException {
    MemorySegment bytes = frame.asSlice(0, Address.compressedBytes(w.address));
    w.file.readBody(w.offset(), bytes);
    decoder.decode(w.file, w.address, bytes, page);
  }

  @Override
  public void close() {
    decoder.close();
    arena.close();
  }
}
