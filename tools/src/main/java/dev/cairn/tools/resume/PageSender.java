package dev.cairn.tools.resume;

import dev.cairn.tools.memory.MemorySource;
import dev.cairn.tools.migration.StreamWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Writes pages into the stream of a postcopy: each once, a host page in one piece. Not thread-safe.
 */
final class PageSender {
  private static final int WORD = MemorySource.WORD_PAGES;

  private final Machine machine;
  private final SentPages sent;
  private final StreamWriter writer;
  private final Tally tally;
  private final MemorySource.Reader reader;
  private final UnderWay underWay;
  private final MemorySegment pages;

  /**
   * Makes a sender.
   *
   * @param pages memory of a word, of this sender alone
   */
  PageSender(
      Machine machine, SentPages sent, Link link, MemorySource.Reader reader, MemorySegment pages) {
    this.machine = machine;
    this.sent = sent;
    this.writer = link.writer();
    this.tally = link.tally();
    this.underWay = link.underWay();
    this.reader = reader;
    this.pages = pages;
  }

  /** Returns how many pages a host page of a block has. */
  long hostPages(int block) {
    return Math.max(1, machine.layout().blocks().get(block).hostPageSize() / Machine.PAGE);
  }

  /**
   * Tells whether pages that are not sent cannot be read yet; they are asked for.
   *
   * @param urgent whether somebody waits for them
   */
  boolean isMissing(int block, long from, long to, boolean urgent) throws IOException {
    long missing = 0;
    for (long page = from & -WORD; page < to; page += WORD) {
      long wanted = sent.unsent(block, page) & between(page, from, to);
      if (wanted != 0) {
        missing |= reader.missing(block, page, wanted, urgent);
      }
    }
    return missing != 0;
  }

  /**
   * Sends whole host pages, but for those that are sent, in one piece, and lets them go out. They
   * are not missing.
   *
   * @return whether there were any
   */
  boolean send(int block, long from, long to) throws IOException {
    boolean any = false;
    for (long page = from & -WORD; page < to; page += WORD) {
      long wanted = sent.unsent(block, page) & between(page, from, to);
      if (wanted != 0) {
        if (!any) {
          writer.partStart();
          any = true;
        }
        write(block, page, wanted, reader.read(block, page, wanted, pages), pages);
      }
    }
    if (any) {
      writer.partEnd();
      writer.flush();
    }
    return any;
  }

  private static long between(long page, long from, long to) {
    long bits = -1L;
    if (from > page) {
      bits <<= from - page;
    }
    if (to < page + WORD) {
      bits &= (1L << (to - page)) - 1;
    }
    return bits;
  }

  /**
   * Sends pages that were read before, but for those that have been sent since; does not yet let
   * them go out.
   *
   * @param slice of them: whole host pages
   * @return bytes of the pages' records, about
   */
  long send(Inbox.Loaded loaded, long slice) throws IOException {
    BulkOrder.Word word = loaded.word();
    long wanted = loaded.wanted() & slice & sent.unsent(word.block(), word.page());
    if (wanted == 0) {
      return 0;
    }
    writer.partStart();
    write(word.block(), word.page(), wanted, loaded.present(), loaded.pages());
    writer.partEnd();
    return Long.bitCount(wanted & loaded.present()) * (long) Machine.PAGE
        + Long.bitCount(wanted) * 9L;
  }

  private void write(int block, long page, long wanted, long present, MemorySegment from)
      throws IOException {
    sent.mark(block, page, wanted);
    for (long bits = wanted; bits != 0; bits &= bits - 1) {
      int i = Long.numberOfTrailingZeros(bits);
      if ((present >>> i & 1) != 0) {
        writer.page(block, page + i, from.asSlice((long) i * Machine.PAGE, Machine.PAGE));
      } else {
        writer.zero(block, page + i);
      }
    }
    int full = Long.bitCount(wanted & present);
    int zeros = Long.bitCount(wanted) - full;
    underWay.sent(full, zeros);
    tally.sent(full, zeros);
  }
}
