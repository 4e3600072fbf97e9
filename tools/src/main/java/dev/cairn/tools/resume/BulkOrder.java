package dev.cairn.tools.resume;

import dev.cairn.tools.memory.MemorySource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Which pages go next when nobody asks: those behind the last fault, as the guest is likely to go
 * on there, then the rest of that block, then the other blocks. A word that is under way is not
 * named again. Not thread-safe.
 */
final class BulkOrder {
  /**
   * A word of a block.
   *
   * @param page its first page
   */
  record Word(int block, long page) {}

  private final SentPages sent;
  private final int blocks;
  private final Deque<Word> underWay = new ArrayDeque<>();
  private int block;
  private long page;

  BulkOrder(SentPages sent, int blocks) {
    this.sent = sent;
    this.blocks = blocks;
  }

  /**
   * Goes on behind a fault.
   *
   * @param after the first page behind what was asked for
   */
  void fault(int faultBlock, long after) {
    block = faultBlock;
    page = after;
  }

  /**
   * Returns the next word with pages that are not sent and not under way; null if there is none.
   */
  @Nullable Word next() {
    for (int i = 0; i <= blocks; i++) {
      long found = find(page);
      if (found < 0 && page > 0) {
        found = find(0);
      }
      if (found >= 0) {
        page = found + MemorySource.WORD_PAGES;
        Word word = new Word(block, found);
        underWay.add(word);
        return word;
      }
      block = (block + 1) % blocks;
      page = 0;
    }
    return null;
  }

  private long find(long from) {
    long found = sent.nextUnsentWord(block, from);
    while (found >= 0 && underWay.contains(new Word(block, found))) {
      found = sent.nextUnsentWord(block, found + MemorySource.WORD_PAGES);
    }
    return found;
  }

  /** Takes note that a word has been sent, or need not be. */
  void done(Word word) {
    underWay.remove(word);
  }
}
