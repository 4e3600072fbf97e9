package dev.cairn.tools.memory;

import dev.cairn.chain.PageSink;
import dev.cairn.chain.Progress;
import dev.cairn.store.RamBlock;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Copies a memory into a sink, word by word in their order; words ahead are asked for meanwhile, so
 * that the source may bring them in one go. Used once, by one thread.
 */
final class OrderedCopy {
  private static final int WORD = MemorySource.WORD_PAGES;

  /** So many bytes are asked for ahead. */
  private static final long AHEAD_BYTES = 8 << 20;

  /** A source says when something comes; this is for one that is slow to say so. */
  private static final long LOOK_MILLIS = 1000;

  private final MemorySource source;
  private final PageSink sink;
  private final Progress progress;
  private final int pageSize;
  private final int ahead;
  private int block;
  private long page;

  OrderedCopy(MemorySource source, PageSink sink, Progress progress) {
    this.source = source;
    this.sink = sink;
    this.progress = progress;
    this.pageSize = source.layout().pageSize();
    this.ahead = (int) Math.max(1, AHEAD_BYTES / ((long) WORD * pageSize));
  }

  /**
   * A word, and its pages.
   *
   * @param page its first page
   */
  private record Word(int block, long page, int count) {
    long mask() {
      return -1L >>> (WORD - count);
    }
  }

  void run() throws IOException {
    Semaphore arrived = new Semaphore(0);
    Deque<Word> asked = new ArrayDeque<>();
    long total = source.layout().totalBytes();
    long done = 0;
    try (Arena arena = Arena.ofConfined();
        MemorySource.Reader reader = source.reader(arena);
        Closeable _ = source.onArrival(arrived::release)) {
      MemorySegment buffer = arena.allocate((long) WORD * pageSize, 4096);
      while (fill(asked, reader)) {
        Word word = asked.element();
        while (reader.missing(word.block, word.page, word.mask(), false) != 0) {
          await(arrived);
          askAgain(asked, reader);
        }
        write(word, reader.read(word.block, word.page, word.mask(), buffer), buffer);
        asked.remove();
        done += (long) word.count * pageSize;
        progress.at(done, total);
      }
    }
  }

  /** Asks for words ahead; false if there are no more, and none is left. */
  private boolean fill(Deque<Word> asked, MemorySource.Reader reader) throws IOException {
    while (asked.size() < ahead) {
      Word next = next();
      if (next == null) {
        break;
      }
      asked.add(next);
      var _ = reader.missing(next.block, next.page, next.mask(), false);
    }
    return !asked.isEmpty();
  }

  /** What could not be asked for before, or was lost with a link, is asked for now. */
  private static void askAgain(Deque<Word> asked, MemorySource.Reader reader) throws IOException {
    for (Word word : asked) {
      var _ = reader.missing(word.block, word.page, word.mask(), false);
    }
  }

  private @Nullable Word next() {
    List<RamBlock> blocks = source.layout().blocks();
    while (block < blocks.size()) {
      long pages = blocks.get(block).pages(pageSize);
      if (page < pages) {
        Word word = new Word(block, page, (int) Math.min(WORD, pages - page));
        page += WORD;
        return word;
      }
      block++;
      page = 0;
    }
    return null;
  }

  private static void await(Semaphore arrived) throws InterruptedIOException {
    try {
      var _ = arrived.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      arrived.drainPermits();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted; nothing was left behind");
    }
  }

  private void write(Word word, long present, MemorySegment buffer) throws IOException {
    for (long rest = present; rest != 0; ) {
      int from = Long.numberOfTrailingZeros(rest);
      int count = Long.numberOfTrailingZeros(~(rest >>> from));
      sink.write(
          word.block,
          word.page + from,
          buffer.asSlice((long) from * pageSize, (long) count * pageSize));
      rest &= ~(-1L >>> (WORD - count) << from);
    }
  }
}
