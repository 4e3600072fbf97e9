package dev.cairn.tools.resume;

import dev.cairn.chain.Progress;
import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import dev.cairn.tools.memory.MemorySource;
import dev.cairn.tools.migration.Connection;
import dev.cairn.tools.migration.ReturnPath;
import dev.cairn.tools.migration.StreamWriter;
import dev.cairn.tools.resume.PostcopyState.Event;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives a destination its guest by postcopy, over one connection: begins it, or takes over what
 * another source began. Of what was sent it knows nothing but by the destination. Used once, by one
 * thread; it has two more for itself, one reads answers, one reads ahead.
 */
final class PostcopySource {
  /** The PING behind the devices: its PONG says that RUN comes next. */
  private static final int PING_RUN = 3;

  private static final int PING_ALIVE = 1;

  /** Words on their way that nobody waits for; others are not asked for meanwhile. */
  private static final int MOST_LATER = 32;

  /** Pages that go out before requests are looked at again. */
  private static final int SLICE_PAGES = 16;

  private final Machine machine;
  private final MemorySource memory;
  private final Tally tally;
  private final Inbox inbox = new Inbox();
  private final Set<String> bitmapsDue = new HashSet<>();
  private final Rate rate;
  private final Progress progress;
  private final Runnable runs;
  private volatile PostcopyState state;

  /**
   * What it works with.
   *
   * @param rate of the pages that nobody has asked for
   */
  record Supplies(MemorySource pages, Tally tally, Rate rate, Progress progress) {}

  /**
   * Makes a source.
   *
   * @param first ADVISE to begin, RECOVERING to take over
   * @param runs told when the guest runs, or goes on
   */
  PostcopySource(Machine machine, Supplies supplies, PostcopyState first, Runnable runs) {
    this.machine = machine;
    this.memory = supplies.pages;
    this.tally = supplies.tally;
    this.rate = supplies.rate;
    this.progress = supplies.progress;
    this.state = first;
    this.runs = runs;
  }

  /** Returns where it stands; for any thread. */
  PostcopyState state() {
    return state;
  }

  /**
   * Runs it to its end, which is that the destination has all. The connection is shut down then.
   *
   * @throws LinkException if the connection ends before; all else is a failure of this side
   */
  void run(Connection connection) throws IOException {
    tally.connected();
    try (Arena arena = Arena.ofShared();
        Answers _ = new Answers(connection, inbox, tally, machine.layout());
        Closeable _ = memory.onArrival(inbox::arrived);
        ReadAhead ahead = new ReadAhead(memory, inbox);
        MemorySource.Reader reader = memory.reader(arena)) {
      Link link = new Link(connection::write, Link.Limits.of(connection), tally, arena);
      SentPages sent = new SentPages(machine.layout(), arena);
      MemorySegment word =
          arena.allocate((long) MemorySource.WORD_PAGES * Machine.PAGE, Machine.PAGE);
      PageSender sender = new PageSender(machine, sent, link, reader, word);
      new Run(link, sent, sender, ahead).run();
    } catch (LinkDownException e) {
      throw new LinkException(state, connection.name() + ": " + e.getMessage(), e);
    }
  }

  private int blockOf(String name) {
    List<RamBlock> blocks = machine.layout().blocks();
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private void after(Event event) {
    state = state.after(event);
  }

  /** What one connection needs. */
  private final class Run {
    private final Link link;
    private final StreamWriter writer;
    private final UnderWay underWay;
    private final SentPages sent;
    private final PageSender sender;
    private final ReadAhead ahead;
    private final BulkOrder order;

    /** Host pages that the guest waits for, and that are still on their way. */
    private final Set<BulkOrder.Word> aside = new LinkedHashSet<>();

    /** Words that go when they have come. */
    private final Set<BulkOrder.Word> later = new LinkedHashSet<>();

    /** Whether some of them may have come. */
    private boolean looks;

    Run(Link link, SentPages sent, PageSender sender, ReadAhead ahead) {
      this.link = link;
      this.writer = link.writer();
      this.underWay = link.underWay();
      this.sent = sent;
      this.sender = sender;
      this.ahead = ahead;
      this.order = new BulkOrder(sent, machine.layout().blocks().size());
    }

    void run() throws IOException {
      if (state == PostcopyState.RECOVERING) {
        ask();
      } else {
        begin();
      }
      while (state != PostcopyState.DONE) {
        if (state == PostcopyState.RUNNING && goOn()) {
          continue;
        }
        pingIfDue();
        long wait = rate.waitNanos(System.nanoTime());
        boolean room = underWay.hasRoom();
        if (wait > 0 || !room || inbox.isEmpty()) {
          writer.flush();
        }
        switch (inbox.take(state != PostcopyState.RECOVERING, room, wait)) {
          case Inbox.Said said -> hear(said.message(), said.nanos());
          case Inbox.Asked asked -> serve(asked.request());
          case Inbox.Arrived _ -> arrived();
          case Inbox.Loaded loaded -> send(loaded);
          case null -> {} // it is time for more
        }
      }
      tally.complete();
    }

    /** Nothing here depends on how much RAM there is: each block is one range. */
    private void begin() throws IOException {
      writer.head(machine.configuration());
      writer.openReturnPath();
      writer.ping(PING_ALIVE);
      writer.postcopyAdvise(machine.hostPageSizes());
      writer.ramStart(machine.layout(), true);
      for (RamBlock block : machine.layout().blocks()) {
        // Without one before LISTEN, the destination waits for ever for a page that it asks of
        // itself (QEMU 10.0.2), or drops the connection (10.0.13).
        writer.postcopyDiscard(block.name(), List.of(new StreamWriter.Range(0, block.length())));
      }
      writer.postcopyPackage(machine.devices(), PING_RUN);
      writer.flush();
      after(Event.PACKAGE_SENT);
    }

    private void ask() throws IOException {
      writer.blocks(machine.layout());
      for (RamBlock block : machine.layout().blocks()) {
        bitmapsDue.add(block.name());
        writer.askReceivedBitmap(block.name());
      }
      writer.flush();
    }

    /**
     * Has more read ahead, or ends it if all is sent.
     *
     * @return whether there may be more to do at once
     */
    private boolean goOn() throws IOException {
      while (ahead.hasRoom()) {
        BulkOrder.Word word = next();
        if (word == null) {
          break;
        }
        long hostPages = sender.hostPages(word.block());
        if (hostPages <= MemorySource.WORD_PAGES) {
          ahead.want(word, sent.unsent(word.block(), word.page()));
          continue;
        }
        // A host page of many words goes in one piece, so nothing is read ahead of it.
        boolean idle =
            inbox.isEmpty() && underWay.hasRoom() && rate.waitNanos(System.nanoTime()) <= 0;
        if (idle) {
          long from = word.page() / hostPages * hostPages;
          sender.send(word.block(), from, from + hostPages);
          rate.went(hostPages * Machine.PAGE, System.nanoTime());
          tellProgress();
        }
        order.done(word);
        return idle;
      }
      if (sent.remaining() == 0) {
        writer.ramEnd();
        writer.eof();
        writer.flush();
        after(Event.ALL_SENT);
      }
      return false;
    }

    /** Returns the next word that can be read; null if there is none, or none yet. */
    private BulkOrder.@Nullable Word next() throws IOException {
      if (looks) {
        for (Iterator<BulkOrder.Word> each = later.iterator(); each.hasNext(); ) {
          BulkOrder.Word word = each.next();
          if (sent.unsent(word.block(), word.page()) == 0) {
            each.remove();
            order.done(word);
          } else if (isHere(word)) {
            each.remove();
            return word;
          }
        }
        looks = false;
      }
      while (later.size() < MOST_LATER) {
        BulkOrder.Word word = order.next();
        if (word == null || isHere(word)) {
          return word;
        }
        later.add(word);
      }
      return null;
    }

    private boolean isHere(BulkOrder.Word word) throws IOException {
      long size = Math.max(sender.hostPages(word.block()), MemorySource.WORD_PAGES);
      long from = word.page() / size * size;
      long to = Math.min(from + size, sent.pages(word.block()));
      return !sender.isMissing(word.block(), from, to, false);
    }

    private void hear(ReturnPath.Message message, long nanos) throws IOException {
      switch (message) {
        case ReturnPath.Pong pong -> {
          if (pong.value() == PING_RUN && state == PostcopyState.LISTEN) {
            after(Event.RUN_ACKNOWLEDGED);
            tally.running();
            runs.run();
          }
          underWay.pong(pong.value(), nanos);
        }
        case ReturnPath.Shut shut -> {
          if (shut.value() != 0 || state != PostcopyState.END) {
            throw new LinkDownException(
                "the destination ends it with " + shut.value() + " in " + state, null);
          }
          after(Event.SHUT);
        }
        case ReturnPath.Received received -> take(received);
        case ReturnPath.ResumeAck ack -> {
          if (ack.value() != 1 || state != PostcopyState.RECOVERING || !bitmapsDue.isEmpty()) {
            throw new BadInputException(
                "destination's answer to RESUME at offset 0: expected 1 after all bitmaps, found "
                    + ack.value()
                    + "; see query-migrate there");
          }
          after(Event.RESUME_ACKNOWLEDGED);
          tally.recovered();
          runs.run();
        }
        case ReturnPath.Request request -> serve(request);
        case ReturnPath.SwitchoverAck _ -> {}
      }
    }

    private void take(ReturnPath.Received received) throws IOException {
      if (!bitmapsDue.remove(received.block())) {
        throw new BadInputException(
            "destination's bitmap at offset 0: expected one that was asked for, found that of block "
                + received.block()
                + "; is it another machine?");
      }
      sent.received(blockOf(received.block()), received.received());
      if (bitmapsDue.isEmpty()) {
        writer.postcopyResume();
        writer.flush();
      }
    }

    /** Sends what is asked for, unless it is under way already, which happens. */
    private void serve(ReturnPath.Request request) throws IOException {
      int block = blockOf(request.block());
      long hostPages = sender.hostPages(block);
      long from = request.start() / Machine.PAGE / hostPages * hostPages;
      long end = (request.start() + request.length() + Machine.PAGE - 1) / Machine.PAGE;
      long to = Math.min((end + hostPages - 1) / hostPages * hostPages, sent.pages(block));
      boolean any = false;
      for (long page = from; page < to; page += Math.max(hostPages, SLICE_PAGES)) {
        any |= serve(block, page, Math.min(to, page + Math.max(hostPages, SLICE_PAGES)));
      }
      if (any) {
        tally.served();
        order.fault(block, to);
      }
    }

    /** Sends what is here; of the rest, each host page waits for itself. */
    private boolean serve(int block, long from, long to) throws IOException {
      if (!sender.isMissing(block, from, to, true)) {
        return sender.send(block, from, to);
      }
      long hostPages = sender.hostPages(block);
      for (long page = from; page < to; page += hostPages) {
        long end = Math.min(to, page + hostPages);
        if (sender.isMissing(block, page, end, true)) {
          aside.add(new BulkOrder.Word(block, page));
        } else {
          sender.send(block, page, end);
        }
      }
      return true;
    }

    /** Something that was missing has come: what the guest waits for goes first. */
    private void arrived() throws IOException {
      looks = true;
      for (Iterator<BulkOrder.Word> each = aside.iterator(); each.hasNext(); ) {
        BulkOrder.Word first = each.next();
        long end = first.page() + sender.hostPages(first.block());
        long to = Math.min(end, sent.pages(first.block()));
        if (!sender.isMissing(first.block(), first.page(), to, true)) {
          each.remove();
          sender.send(first.block(), first.page(), to);
        }
      }
    }

    /** Sends the next slice, and puts back what is left: first comes what was asked for. */
    private void send(Inbox.Loaded loaded) throws IOException {
      BulkOrder.Word word = loaded.word();
      int pages = Math.clamp(link.sliceBytes() / Machine.PAGE, 1, SLICE_PAGES);
      int slice = (int) Math.max(Integer.highestOneBit(pages), sender.hostPages(word.block()));
      long left = loaded.wanted() & sent.unsent(word.block(), word.page());
      if (left != 0) {
        int at = Long.numberOfTrailingZeros(left) / slice * slice;
        long mask = (slice == MemorySource.WORD_PAGES ? -1L : (1L << slice) - 1) << at;
        long bytes = sender.send(loaded, mask);
        rate.went(bytes, System.nanoTime());
        pingIfDue();
        if (bytes >= (long) slice * Machine.PAGE / 2) {
          writer.flush();
        }
        left &= ~mask;
      }
      if (left != 0) {
        inbox.putBack(loaded.rest(left));
        return;
      }
      order.done(word);
      ahead.release(loaded);
      tellProgress();
    }

    private void pingIfDue() throws IOException {
      if (state == PostcopyState.RUNNING && underWay.isDue()) {
        writer.ping(underWay.ping(System.nanoTime()));
      }
    }

    private void tellProgress() {
      long total = machine.layout().totalBytes();
      progress.at(total - sent.remaining() * Machine.PAGE, total);
    }
  }
}
