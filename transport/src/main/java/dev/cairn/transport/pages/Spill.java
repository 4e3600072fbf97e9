package dev.cairn.transport.pages;

import dev.cairn.chain.IncomingSpill;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owns the pages that are here before their blocks: in memory, then in a file without a name. Each
 * hangs on the block that it waits for, and goes when that is here. Pages and blocks go by keys
 * that are not negative. Thread-safe.
 */
final class Spill implements Closeable {
  /** Makes the file when it is first needed. */
  @FunctionalInterface
  interface FileMaker {
    IncomingSpill make() throws IOException;
  }

  /** Tells which block a page waits for now. */
  @FunctionalInterface
  interface Waiting {
    /** Returns the block's key, or -1: the page can be read where it belongs. */
    long blockOf(long page) throws IOException;
  }

  private static final int CHUNK_PAGES = 256;
  private static final int NONE = LongIntMap.NONE;

  private final int pageSize;
  private final int memorySlots;
  private final FileMaker maker;
  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> chunks = new ArrayList<>();
  private final LongIntMap slots = new LongIntMap();
  private final LongIntMap heads = new LongIntMap();
  private @Nullable IncomingSpill file;

  /** By slot: the page in it, and the next slot that hangs on the same block, or is free. */
  private long[] pages = new long[CHUNK_PAGES];

  private int[] next = new int[CHUNK_PAGES];
  private int end;
  private int free = NONE;
  private boolean closed;

  /**
   * Makes an empty one.
   *
   * @param memoryBytes that it takes before it makes a file
   */
  Spill(int pageSize, long memoryBytes, FileMaker maker) {
    this.pageSize = pageSize;
    this.memorySlots = (int) Math.min(Integer.MAX_VALUE / 2, memoryBytes / pageSize);
    this.maker = maker;
  }

  /** Returns how many pages it has. */
  synchronized int size() {
    return slots.size();
  }

  /**
   * Keeps a page; does nothing if it has it.
   *
   * @param block that it waits for
   */
  synchronized void put(long page, long block, MemorySegment bytes) throws IOException {
    if (closed || slots.get(page) != NONE) {
      return;
    }
    int slot = free == NONE ? end : free;
    write(slot, bytes); // before anything is changed: the disk may be full
    if (slot == end) {
      end++;
      if (end > pages.length) {
        pages = Arrays.copyOf(pages, 2 * pages.length);
        next = Arrays.copyOf(next, 2 * next.length);
      }
    } else {
      free = next[slot];
    }
    pages[slot] = page;
    slots.put(page, slot);
    hang(slot, block);
  }

  private void hang(int slot, long block) {
    next[slot] = heads.get(block);
    heads.put(block, slot);
  }

  private void write(int slot, MemorySegment bytes) throws IOException {
    if (slot < memorySlots) {
      while (chunks.size() <= slot / CHUNK_PAGES) {
        chunks.add(arena.allocate((long) CHUNK_PAGES * pageSize, 64));
      }
      memory(slot).copyFrom(bytes);
      return;
    }
    IncomingSpill to = file;
    if (to == null) {
      to = maker.make();
      file = to;
    }
    to.write(offset(slot), bytes);
  }

  private MemorySegment memory(int slot) {
    long at = (long) (slot % CHUNK_PAGES) * pageSize;
    return chunks.get(slot / CHUNK_PAGES).asSlice(at, pageSize);
  }

  private long offset(int slot) {
    return (long) (slot - memorySlots) * pageSize;
  }

  /** Copies a page; false if it is not here any more, or never was. */
  synchronized boolean read(long page, MemorySegment into) throws IOException {
    int slot = closed ? NONE : slots.get(page);
    if (slot == NONE) {
      return false;
    }
    IncomingSpill from = file;
    if (slot < memorySlots) {
      into.copyFrom(memory(slot));
    } else if (from != null) {
      from.read(offset(slot), into);
    }
    return true;
  }

  /** A block is here: pages that waited for it go, or wait for another one. */
  synchronized void release(long block, Waiting waiting) throws IOException {
    int slot = heads.remove(block);
    while (slot != NONE) {
      int after = next[slot];
      long other = waiting.blockOf(pages[slot]);
      if (other >= 0) {
        hang(slot, other);
      } else {
        slots.remove(pages[slot]);
        next[slot] = free;
        free = slot;
      }
      slot = after;
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      arena.close();
      if (file != null) {
        file.close();
      }
    }
  }
}
