package dev.cairn.tools.uffd;

import dev.cairn.store.RamBlock;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Reads pieces of the memory by offset: its blocks one after another, as in a memory file. Owns the
 * buffer in which a piece lies. Not thread-safe.
 */
final class PieceReader implements Closeable {
  private final MemorySource.Reader reader;
  private final int pageSize;
  private final long[] starts;
  private final MemorySegment word;
  private final MemorySegment buffer;

  /** A run of pages of one word. */
  private interface Run {
    void pages(int block, long page, int slot, int count, long offset) throws IOException;
  }

  /**
   * Makes one.
   *
   * @param mostBytes of a piece
   * @param arena outlives it
   */
  PieceReader(MemorySource source, int mostBytes, Arena arena) {
    pageSize = source.layout().pageSize();
    List<RamBlock> blocks = source.layout().blocks();
    starts = new long[blocks.size() + 1];
    for (int i = 0; i < blocks.size(); i++) {
      starts[i + 1] = starts[i] + blocks.get(i).length();
    }
    reader = source.reader(arena);
    word = arena.allocate((long) MemorySource.WORD_PAGES * pageSize, Mappings.LEAST_UNIT);
    buffer = arena.allocate(mostBytes, Mappings.LEAST_UNIT);
  }

  /** Tells whether something of a piece is still on its way. */
  boolean isMissing(long offset, long bytes, boolean urgent) throws IOException {
    long[] missing = new long[1];
    walk(
        offset,
        bytes,
        (block, page, slot, count, _) ->
            missing[0] |= reader.missing(block, page, mask(slot, count), urgent));
    return missing[0] != 0;
  }

  /**
   * Reads and checks a piece.
   *
   * @param unitBytes of which the piece is at most 64
   * @return bit i for unit i if it is other than zero; its bytes are in the buffer then
   */
  long read(long offset, long bytes, int unitBytes) throws IOException {
    long[] found = new long[1];
    walk(
        offset,
        bytes,
        (block, page, slot, count, at) -> {
          long got = reader.read(block, page, mask(slot, count), word);
          for (int i = 0; i < count; i++) {
            long place = at - offset + (long) i * pageSize;
            MemorySegment into = buffer.asSlice(place, pageSize);
            if ((got & 1L << (slot + i)) == 0) {
              into.fill((byte) 0);
            } else {
              MemorySegment.copy(word, (long) (slot + i) * pageSize, into, 0, pageSize);
              found[0] |= 1L << (place / unitBytes);
            }
          }
        });
    return found[0];
  }

  /** Returns a part of what was read last. */
  MemorySegment slice(long from, long bytes) {
    return buffer.asSlice(from, bytes);
  }

  private static long mask(int slot, int count) {
    return -1L >>> (MemorySource.WORD_PAGES - count) << slot;
  }

  private void walk(long offset, long bytes, Run run) throws IOException {
    for (long at = offset; at < offset + bytes; ) {
      int block = block(at);
      long page = (at - starts[block]) / pageSize;
      int slot = (int) (page % MemorySource.WORD_PAGES);
      long end = Math.min(offset + bytes, starts[block + 1]);
      int count = (int) Math.min(MemorySource.WORD_PAGES - slot, (end - at) / pageSize);
      run.pages(block, page - slot, slot, count, at);
      at += (long) count * pageSize;
    }
  }

  /** Blocks are few, and most have one. */
  private int block(long offset) {
    int block = 0;
    while (offset >= starts[block + 1]) {
      block++;
    }
    return block;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
