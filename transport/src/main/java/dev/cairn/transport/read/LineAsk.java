package dev.cairn.transport.read;

import dev.cairn.store.Id;
import dev.cairn.store.file.Crc;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Outcome;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One request for pages of a line that follow each other: their part of its memory is this one's
 * until the outcome. The outcome is the link's reader's.
 */
final class LineAsk implements Outcome {
  /** What becomes of it: told once, by any thread. */
  interface Taker {
    /**
     * The pages of a request are settled.
     *
     * @param here those that have come, bits of the line
     * @param present those of them that are other than zero
     * @param why none has come; null if they have
     */
    void settled(LineAsk ask, long here, long present, @Nullable IOException why);
  }

  private final LinkUse use;
  private final Line line;
  private final int from;
  private final int count;
  private final int pageSize;
  private final Taker taker;

  LineAsk(LinkUse use, Line line, int from, int count, int pageSize, Taker taker) {
    this.use = use;
    this.line = line;
    this.from = from;
    this.count = count;
    this.pageSize = pageSize;
    this.taker = taker;
  }

  LinkUse use() {
    return use;
  }

  Line line() {
    return line;
  }

  /** Returns its pages, bits of the line. */
  long bits() {
    return Line.mask(from, count);
  }

  /**
   * Sends it.
   *
   * @param key of the line when it was made: it has not changed since
   */
  void send(Id checkpoint, long key) {
    Message.Pages pages =
        new Message.Pages(checkpoint, Lines.page(key) + from, Lines.block(key), count);
    try {
      use.link().fetchPages(pages, line.entries(from, count), line.pages(from, count), this);
    } catch (LinkLostException e) {
      failed(e); // it was not begun: nobody else says so
    }
  }

  @Override
  public void done() {
    MemorySegment entries = line.entries(from, count);
    MemorySegment bytes = line.pages(from, count);
    int wrong = firstWrong(entries, bytes);
    if (wrong >= 0) {
      FailureException why =
          FailureException.of(
              ErrorCode.CANNOT_BE,
              "PAGES_ARE: page %d of block %d"
                  .formatted(Lines.page(line.key) + from + wrong, Lines.block(line.key)),
              "bytes of CRC %08x".formatted(PageEntries.crc(entries, wrong)),
              "others");
      use.link().end(why.failure());
      taker.settled(this, 0, 0, new LinkLostException(use.link().name() + ": wrong page", why));
      return;
    }
    taker.settled(this, bits(), spread(entries, bytes) << from, null);
  }

  /** Returns the first page that is not as it was captured; -1 if all are. */
  private int firstWrong(MemorySegment entries, MemorySegment bytes) {
    Crc crc = new Crc();
    int plain = 0;
    for (int i = 0; i < count; i++) {
      int own =
          PageEntries.kind(entries, i) == PageEntries.ZERO
              ? Crc.ofZeroPage(pageSize)
              : crc.of(bytes, (long) plain++ * pageSize, pageSize);
      if (own != PageEntries.crc(entries, i)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Moves pages that came one behind another to their places, the last one first: none is written
   * over before it was moved.
   *
   * @return those that there are
   */
  private long spread(MemorySegment entries, MemorySegment bytes) {
    long present = 0;
    int plain = PageEntries.plain(entries, count);
    for (int i = count - 1; i >= 0; i--) {
      if (PageEntries.kind(entries, i) == PageEntries.PLAIN) {
        present |= 1L << i;
        plain--;
        if (plain != i) {
          MemorySegment.copy(bytes, (long) plain * pageSize, bytes, (long) i * pageSize, pageSize);
        }
      }
    }
    return present;
  }

  @Override
  public void failed(IOException why) {
    taker.settled(this, 0, 0, why);
  }

  /** A link, and how many requests are outstanding on it. Guarded by who asks. */
  static final class LinkUse {
    private final Link link;
    private int outstanding;

    LinkUse(Link link) {
      this.link = link;
    }

    Link link() {
      return link;
    }

    /** Returns how many more there may be. */
    int room() {
      return link.agreement().ofClient() - outstanding;
    }

    void begin() {
      outstanding++;
    }

    void end() {
      outstanding--;
    }
  }
}
