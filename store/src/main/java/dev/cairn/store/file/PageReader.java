package dev.cairn.store.file;

import dev.cairn.store.CorruptFileException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Reads the frames of a window of pages: sorted by file and offset, near ones in one read, each
 * page checked in the memory that is handed on. Keeps nothing for a page. Not thread-safe.
 */
public final class PageReader implements Closeable {
  /** Most pages of a window. */
  public static final int MOST_PAGES = 1 << 13;

  /** Frames that are further apart are read alone: what lies between is read for nothing. */
  private static final int MOST_GAP = 8192;

  private static final long MOST_SPAN = 512 << 10;

  /**
   * What is read before a span that begins with a difference, bytes: its base mostly lies there.
   */
  private static final int LEAD = 4096;

  // An order is file << 49 | offset ÷ 64 << 13 | slot: sorted, it is the order of reading.
  private static final int OFFSET_SHIFT = 13;
  private static final int FILE_SHIFT = OFFSET_SHIFT + 36;

  private final int pageSize;
  private final boolean checks;
  private final FrameDecoder decoder = new FrameDecoder();
  private final Arena arena;
  private final DifferenceDecoder differences;
  private MemorySegment span = MemorySegment.NULL;
  private final List<OpenFile> files = new ArrayList<>();
  private long[] orders = new long[64];
  private long[] addresses = new long[64];
  private int[] crcs = new int[64];
  private int wanted;
  private long reads;

  /** Slots of the window whose page was asked for and is not read. */
  private final BitSet due = new BitSet();

  /** Those of the order that were read over others. */
  private final BitSet done = new BitSet();

  /**
   * Makes a reader.
   *
   * @param arena gives memory where some is needed, of any thread that reads; outlives the reader
   */
  public PageReader(int pageSize, Arena arena) {
    this(pageSize, arena, true);
  }

  private PageReader(int pageSize, Arena arena, boolean checks) {
    this.pageSize = pageSize;
    this.arena = arena;
    this.checks = checks;
    this.differences = new DifferenceDecoder(pageSize, arena, decoder);
  }

  /**
   * Makes a reader whose pages are as they lie in the files, zeros where a frame cannot be
   * decompressed: to be compared with others and for nothing else.
   */
  public static PageReader unchecked(int pageSize, Arena arena) {
    return new PageReader(pageSize, arena, false);
  }

  /** Returns how many times it has read from a file, all windows together. */
  public long reads() {
    return reads + differences.reads();
  }

  /** Starts a window. */
  public void begin() {
    wanted = 0;
    due.clear();
    files.clear();
  }

  /**
   * Asks for a page.
   *
   * @param address its frame in {@code file}; not ZERO
   * @param crc CRC-32C of its plain bytes
   * @param slot which page of the window it becomes, each at most once
   */
  public void want(OpenFile file, long address, int crc, int slot) {
    if (slot < 0 || slot >= MOST_PAGES) {
      throw new IllegalArgumentException("page " + slot + " of a window");
    }
    if (wanted == orders.length) {
      orders = Arrays.copyOf(orders, wanted * 2);
    }
    if (slot >= addresses.length) {
      int length = Math.max(slot + 1, addresses.length * 2);
      addresses = Arrays.copyOf(addresses, length);
      crcs = Arrays.copyOf(crcs, length);
    }
    long offset = Address.offset(address) / Address.STEP;
    orders[wanted++] = (long) number(file) << FILE_SHIFT | offset << OFFSET_SHIFT | slot;
    due.set(slot);
    addresses[slot] = address;
    crcs[slot] = crc;
  }

  private int number(OpenFile file) {
    for (int i = files.size() - 1; i >= 0; i--) {
      if (files.get(i) == file) {
        return i;
      }
    }
    files.add(file);
    return files.size() - 1;
  }

  private int slot(int i) {
    return (int) orders[i] & (MOST_PAGES - 1);
  }

  private OpenFile file(int i) {
    return files.get((int) (orders[i] >>> FILE_SHIFT));
  }

  private long address(int i) {
    return addresses[slot(i)];
  }

  private long start(int i) {
    return Address.offset(address(i));
  }

  private long end(int i) {
    return start(i) + Address.storedBytes(address(i), pageSize);
  }

  private boolean isPlain(int i) {
    return Address.kind(address(i)) == Address.PLAIN;
  }

  /**
   * Reads and checks all pages that were asked for; the window's others stay as they are.
   *
   * @param window native memory
   */
  public void readInto(MemorySegment window) throws IOException {
    Arrays.sort(orders, 0, wanted);
    readThrough(window);
    for (int i = 0; i < wanted; ) {
      if (done.get(i)) {
        i++;
        continue;
      }
      int end = neighbours(i);
      if (end == i + 1) {
        end = near(i);
        if (end > i + 1 || !isPlain(i)) {
          readSpan(i, end, lead(i), window);
          i = end;
          continue;
        }
      }
      readHere(i, end, window);
      i = end;
    }
    for (int i = done.nextSetBit(0); i >= 0; i = done.nextSetBit(i + 1)) {
      check(i, i + 1, window);
    }
  }

  /**
   * Reads, in one go and first of all, pages that lie in the file as in the window, but for a few
   * between them that come from elsewhere: whatever falls in their places is overwritten, as they
   * are still due. The check comes when all pages are in their places.
   */
  private void readThrough(MemorySegment window) throws IOException {
    done.clear();
    for (int i = 0, end; i < wanted; i = end) {
      end = through(i);
      if (slot(end - 1) - slot(i) == end - 1 - i) {
        continue; // nothing lies between them
      }
      try {
        readSlots(i, end, window);
      } catch (CorruptFileException e) {
        continue; // what cannot be read may lie between them: each is read again without it
      }
      done.set(i, end);
      for (int k = i; k < end; k++) {
        due.clear(slot(k));
      }
    }
  }

  /** Returns the end of those that lie as far apart in the file as in the window. */
  private int through(int from) {
    int end = from + 1;
    while (end < wanted
        && file(end) == file(from)
        && isPlain(end - 1)
        && isPlain(end)
        && start(end) - start(end - 1) == (long) (slot(end) - slot(end - 1)) * pageSize
        && start(end) - end(end - 1) <= MOST_GAP
        && due.nextClearBit(slot(end - 1)) > slot(end)) {
      end++;
    }
    return end;
  }

  /** Returns the end of those that lie side by side in the file and in the window. */
  private int neighbours(int from) {
    int end = from + 1;
    while (end < wanted
        && file(end) == file(from)
        && isPlain(end - 1)
        && isPlain(end)
        && slot(end) == slot(end - 1) + 1
        && start(end) == end(end - 1)) {
      end++;
    }
    return end;
  }

  /** Returns the end of those that are worth one read. */
  private int near(int from) {
    int end = from + 1;
    while (end < wanted
        && !done.get(end)
        && file(end) == file(from)
        && start(end) - end(end - 1) <= MOST_GAP
        && end(end) - start(from) <= MOST_SPAN) {
      end++;
    }
    return end;
  }

  private void readHere(int from, int end, MemorySegment window) throws IOException {
    readSlots(from, end, window);
    check(from, end, window);
  }

  private void readSlots(int from, int end, MemorySegment window) throws IOException {
    long length = (long) (slot(end - 1) + 1 - slot(from)) * pageSize;
    reads++;
    file(from).readBody(start(from), window.asSlice((long) slot(from) * pageSize, length));
  }

  /** Returns how many bytes are to be read before a frame. */
  private long lead(int i) {
    return Address.kind(address(i)) != Address.DIFFERENCE
        ? 0
        : Math.min(LEAD, start(i) - Address.neededFrom(address(i), pageSize));
  }

  /**
   * @param lead bytes to be read before the first frame
   */
  private void readSpan(int from, int end, long lead, MemorySegment window) throws IOException {
    if (span.byteSize() == 0) {
      span = arena.allocate(LEAD + MOST_SPAN + pageSize, 64);
    }
    long start = start(from) - lead;
    // Frames do not overlap in a sound file; in another one the last need not end last.
    long last = start(from);
    for (int i = from; i < end; i++) {
      last = Math.max(last, end(i));
    }
    reads++;
    try {
      file(from).readBody(start, span.asSlice(0, last - start));
    } catch (CorruptFileException e) {
      if (end == from + 1 && lead == 0) {
        throw e;
      }
      // What cannot be read may lie between or before them, where nobody needs it.
      for (int i = from; i < end; i++) {
        readSpan(i, i + 1, 0, window);
      }
      return;
    }
    differences.know(file(from), span.asSlice(0, last - start), start);
    for (int i = from; i < end; i++) {
      MemorySegment page = window.asSlice((long) slot(i) * pageSize, pageSize);
      MemorySegment frame = span.asSlice(start(i) - start, end(i) - start(i));
      if (isPlain(i)) {
        page.copyFrom(frame);
      } else {
        decode(i, frame, page);
      }
    }
    check(from, end, window);
  }

  /** A frame that rotted is, to who only compares, a page that the disk has lost: zeros. */
  private void decode(int i, MemorySegment frame, MemorySegment page) throws IOException {
    try {
      if (Address.kind(address(i)) == Address.DIFFERENCE) {
        differences.decode(file(i), address(i), frame, page);
      } else {
        decoder.decode(file(i), address(i), frame, page);
      }
    } catch (CorruptFileException e) {
      if (checks) {
        throw e;
      }
      page.fill((byte) 0);
    }
  }

  private void check(int from, int end, MemorySegment window) throws IOException {
    for (int i = from; checks && i < end; i++) {
      decoder.check(file(i), address(i), window, slot(i), crcs[slot(i)]);
    }
  }

  @Override
  public void close() {
    decoder.close();
  }
}
