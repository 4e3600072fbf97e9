package dev.cairn.transport.pages;

import dev.cairn.store.file.Crc;
import dev.cairn.store.file.PageReader;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads pages of a point for one answer at a time, into memory that it has. Not thread-safe; may go
 * from thread to thread.
 */
public final class PageWorker implements Closeable {
  /** Bytes of an answer for which a worker has room when it is made. */
  private static final long USUAL = 2L << 20;

  private final int pageSize;
  private final Arena arena = Arena.ofShared();
  private final PageReader reader;
  private final MemorySegment word;
  private final MemorySegment entries;
  private final MemorySegment usual;
  private final int zeroCrc;
  private int count;
  private int plain;
  private MemorySegment bytes;

  /** Makes one; it has its memory from then on. */
  public PageWorker(int pageSize) {
    this.pageSize = pageSize;
    this.reader = new PageReader(pageSize, arena);
    this.word = arena.allocate((long) PagePlaces.WORD_PAGES * pageSize, 4096);
    this.entries = arena.allocate((long) Message.MOST_PAGES * PageEntries.BYTES, 8);
    this.usual = arena.allocate(USUAL, 4096);
    this.bytes = usual;
    this.zeroCrc = Crc.ofZeroPage(pageSize);
  }

  /** Returns the bytes of a page. */
  public int pageSize() {
    return pageSize;
  }

  /**
   * Reads pages, each by one read where it does not lie beside another, and checks them.
   *
   * @param room native memory for an answer that is longer than usual
   */
  public void read(PagePlaces places, int block, long page, int pages, MemorySegment room)
      throws IOException {
    bytes = (long) pages * pageSize <= USUAL ? usual : room;
    count = 0;
    plain = 0;
    while (count < pages) {
      long at = page + count;
      int slot = (int) (at % PagePlaces.WORD_PAGES);
      int here = Math.min(pages - count, PagePlaces.WORD_PAGES - slot);
      long wanted = (here == Long.SIZE ? -1L : (1L << here) - 1) << slot;
      long present = places.read(reader, block, at - slot, wanted, word);
      for (int i = slot; i < slot + here; i++) {
        add(places, block, at - slot + i, i, (present >>> i & 1) != 0);
      }
    }
  }

  private void add(PagePlaces places, int block, long page, int slot, boolean present)
      throws IOException {
    if (!present) {
      PageEntries.put(entries, count++, PageEntries.ZERO, zeroCrc);
      return;
    }
    PageEntries.put(entries, count++, PageEntries.PLAIN, places.crc(block, page));
    MemorySegment.copy(word, (long) slot * pageSize, bytes, (long) plain++ * pageSize, pageSize);
  }

  /** Returns how many times it has read from a file so far. */
  public long reads() {
    return reader.reads();
  }

  /** Returns what the pages are; good until the next is read. */
  public MemorySegment entries() {
    return entries.asSlice(0, (long) count * PageEntries.BYTES);
  }

  /** Returns the bytes of those that have any; good until the next is read. */
  public MemorySegment bytes() {
    return bytes.asSlice(0, (long) plain * pageSize);
  }

  /** Tells whether an answer needs room beside. */
  public static boolean needsRoom(long bytes) {
    return bytes > USUAL;
  }

  @Override
  public void close() {
    reader.close();
    arena.close();
  }
}
