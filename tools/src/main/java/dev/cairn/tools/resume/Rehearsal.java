package dev.cairn.tools.resume;

import dev.cairn.tools.memory.MemorySource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sends pages to nobody, as they are sent to a guest that asks for them. What a JVM does for the
 * first times is a hundred times slower than later, and behind the first requests a guest stands
 * still: before anybody is connected that costs nobody anything. The same few regions' worth of
 * work, however much RAM there is. Not thread-safe.
 */
final class Rehearsal {
  /** Pages of a region: what the point's plan is made by. */
  private static final long REGION_PAGES = 4096;

  /** So many regions are planned, evenly over each block; most machines have six blocks. */
  private static final int REGIONS = 24;

  private static final int MOST_BLOCKS = 16;

  /** By then what sends them is compiled. */
  private static final int PAGES = 1024;

  private final SentPages sent;
  private final PageSender sender;

  private Rehearsal(SentPages sent, PageSender sender) {
    this.sent = sent;
    this.sender = sender;
  }

  /**
   * Does it.
   *
   * @throws IOException if a page cannot be read: nobody has begun then
   */
  static void run(Machine machine, MemorySource supply) throws IOException {
    try (Arena arena = Arena.ofShared();
        MemorySource.Reader reader = supply.reader(arena)) {
      Link link = new Link(_ -> {}, Link.Limits.NONE, new Tally(), arena);
      link.writer().blocks(machine.layout());
      SentPages sent = new SentPages(machine.layout(), arena);
      MemorySegment word =
          arena.allocate((long) MemorySource.WORD_PAGES * Machine.PAGE, Machine.PAGE);
      PageSender sender = new PageSender(machine, sent, link, reader, word);
      new Rehearsal(sent, sender).run(Math.min(MOST_BLOCKS, machine.layout().blocks().size()));
    }
  }

  private void run(int blocks) throws IOException {
    long total = sent.remaining();
    for (int block = 0; block < blocks; block++) {
      long pages = sent.pages(block);
      long regions = Math.min(REGIONS, (pages + REGION_PAGES - 1) / REGION_PAGES);
      for (long i = 0; i < regions; i++) {
        if (!send(block, pages / regions * i)) {
          return;
        }
      }
    }
    for (long page = 0; total - sent.remaining() < PAGES && page < REGION_PAGES; page++) {
      if (!send((int) (page % blocks), page / blocks)) {
        return;
      }
    }
  }

  /** Sends one host page; false if it is still on its way to us, and others are more urgent. */
  private boolean send(int block, long page) throws IOException {
    long hostPages = sender.hostPages(block);
    long from = page / hostPages * hostPages;
    long to = Math.min(from + hostPages, sent.pages(block));
    if (sender.isMissing(block, from, to, false)) {
      return false;
    }
    sender.send(block, from, to);
    return true;
  }
}
