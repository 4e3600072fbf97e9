package dev.cairn.transport.read;

import dev.cairn.store.RamLayout;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.read.LineAsk.LinkUse;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.LinkKind;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which pages of a point were asked for, on which links, and those that have come. Thread-safe.
 *
 * <p>Nothing is kept of what cannot be asked just now, as there is no link or no room: who needs it
 * asks again when he is told that something came, or may be asked for.
 */
final class PageRequests implements Closeable {
  /** Pages of a word: what is wanted of one is the bits of a long. */
  static final int WORD = Long.SIZE;

  /** Of what somebody waits for: mostly single pages, as many as may be outstanding on a link. */
  private static final int URGENT_LINE = 64 << 10;

  private static final int BULK_LINE = 256 << 10;

  /** How long a page is waited for that was here, and went before it was read. */
  private static final long MOST_WAIT = TimeUnit.SECONDS.toNanos(10);

  private final RemoteFacts facts;
  private final ReadSettings settings;
  private final ReadEvents events;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition settled = lock.newCondition();
  private final Arena arena = Arena.ofShared();
  private final Lines urgent;
  private final Lines bulk;
  private final List<LinkUse> links = new ArrayList<>();
  private int outstanding;
  private boolean wakes;
  private boolean closed;

  PageRequests(RemoteFacts facts, ReadSettings settings, ReadEvents events) {
    this.facts = facts;
    this.settings = settings;
    this.events = events;
    int pageSize = facts.layout().pageSize();
    long stale = settings.pause().toNanos();
    int more = BULK_LINE / URGENT_LINE;
    Lines.Size small = new Lines.Size(settings.lines() * more, URGENT_LINE);
    urgent = new Lines(small, pageSize, stale, arena);
    bulk = new Lines(new Lines.Size(settings.lines(), BULK_LINE), pageSize, stale, arena);
  }

  /** A link can be asked from now on. */
  void add(Link link) {
    lock.lock();
    try {
      links.add(new LinkUse(link));
    } finally {
      lock.unlock();
    }
    events.arrived();
  }

  /** A link is lost; what was outstanding on it has been settled. */
  void remove(Link link) {
    lock.lock();
    try {
      links.removeIf(use -> use.link() == link);
    } finally {
      lock.unlock();
    }
  }

  private long now() {
    return settings.links().nanoTime().getAsLong();
  }

  /** As {@link RemotePoint#missing}. */
  long missing(int block, long page, long wanted, boolean isUrgent) throws IOException {
    requireWithin(block, page, wanted);
    List<LineAsk> asks = new ArrayList<>();
    long missing = wanted;
    lock.lock();
    try {
      requireOpen();
      long now = now();
      missing &= ~(urgent.use(block, page, wanted, now) | bulk.use(block, page, wanted, now));
      int perLine = (isUrgent ? urgent : bulk).pagesOfLine();
      for (int at = 0; missing != 0 && at < WORD; at += perLine) {
        long due = missing >>> at & Line.mask(0, perLine);
        if (due != 0) {
          plan(Lines.key(block, page + at), due, isUrgent, asks);
        }
      }
    } finally {
      lock.unlock();
    }
    for (LineAsk ask : asks) {
      ask.send(facts.id(), ask.line().key);
    }
    return missing;
  }

  private void requireWithin(int block, long page, long wanted) {
    RamLayout layout = facts.layout();
    long pages = layout.blocks().get(block).pages(layout.pageSize());
    int last = Long.SIZE - Long.numberOfLeadingZeros(wanted);
    if (page < 0 || page % WORD != 0 || page + last > pages) {
      throw new IllegalArgumentException(
          "pages of block " + block + " from " + page + " on: " + Long.toHexString(wanted));
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("point " + facts.checkpoint() + " is not read any more");
    }
  }

  /** Makes requests for what is not asked for yet, as far as there is memory and a link. */
  private void plan(long key, long due, boolean isUrgent, List<LineAsk> asks) {
    LinkUse use = freest(isUrgent);
    if (use == null) {
      return;
    }
    long now = now();
    Line line = (isUrgent ? urgent : bulk).take(key, now);
    if (line == null) {
      wakeLater(); // one that is not read goes then
      return;
    }
    if (line.rests(now)) {
      return;
    }
    for (long rest = due & ~line.asked; rest != 0 && use != null; use = freest(isUrgent)) {
      int from = Long.numberOfTrailingZeros(rest);
      int count = Long.numberOfTrailingZeros(~(rest >>> from));
      LineAsk ask = new LineAsk(use, line, from, count, facts.layout().pageSize(), this::settled);
      rest &= ~ask.bits();
      line.asked |= ask.bits();
      use.begin();
      outstanding++;
      asks.add(ask);
    }
  }

  private @Nullable LinkUse freest(boolean isUrgent) {
    LinkKind kind = isUrgent ? LinkKind.URGENT : LinkKind.DATA;
    LinkUse best = null;
    for (LinkUse use : links) {
      boolean fits = use.link().kind() == kind && use.room() > 0;
      if (fits && (best == null || use.room() > best.room())) {
        best = use;
      }
    }
    return best;
  }

  private void settled(LineAsk ask, long here, long present, @Nullable IOException why) {
    boolean refused = false;
    boolean again = false;
    lock.lock();
    try {
      Line line = ask.line();
      line.asked &= ~ask.bits();
      ask.use().end();
      outstanding--;
      if (why == null) {
        line.refused = false;
        line.here |= here;
        line.present = (line.present & ~here) | present;
        line.unread |= here;
        line.usedAt = now();
      } else if (why instanceof FailureException) {
        refused = true;
        line.refused = true;
        line.askAgainAt = now() + settings.pause().toNanos();
        wakeLater();
      } else {
        refused = isWrong(why);
        again = links.remove(ask.use()); // another of its kind may be there
      }
      settled.signalAll();
    } finally {
      lock.unlock();
    }
    if (why != null && refused) {
      events.refused(String.valueOf(why.getMessage()));
    }
    if (why == null || again) {
      events.arrived();
    }
  }

  /** Tells whether a link is lost because a page on it was wrong. */
  private static boolean isWrong(@Nullable IOException why) {
    return why != null
        && why.getCause() instanceof FailureException told
        && told.code() == ErrorCode.CANNOT_BE;
  }

  /** Has everybody look anew in a while; once, however many want it. */
  private void wakeLater() {
    if (wakes || closed) {
      return;
    }
    try {
      var _ =
          settings
              .links()
              .timer()
              .schedule(this::wake, settings.pause().toNanos(), TimeUnit.NANOSECONDS);
      wakes = true;
    } catch (RejectedExecutionException e) {
      // The timer has ended: nothing is read any more.
    }
  }

  private void wake() {
    lock.lock();
    try {
      wakes = false;
    } finally {
      lock.unlock();
    }
    events.arrived();
  }

  /** As {@link RemotePoint#read}. */
  long read(int block, long page, long wanted, MemorySegment into) throws IOException {
    requireWithin(block, page, wanted);
    List<Part> parts = await(block, page, wanted);
    long present = 0;
    try {
      for (Part part : parts) {
        part.line.copy(part.present, into, (long) part.at * facts.layout().pageSize());
        present |= part.present << part.at;
      }
    } finally {
      giveBack(parts);
    }
    return present;
  }

  /**
   * What is read of a line.
   *
   * @param at the line's first page, of the word
   * @param bits of the line that are read
   * @param present those of them that are other than zero
   */
  private record Part(Line line, int at, long bits, long present) {}

  /** Pages that went since somebody looked are asked for, and waited for: that is rare. */
  private List<Part> await(int block, long page, long wanted) throws IOException {
    long end = now() + MOST_WAIT;
    lock.lock();
    try {
      List<Part> parts = take(block, page, wanted);
      while (parts.isEmpty() && wanted != 0) {
        var _ = missing(block, page, wanted, true);
        var _ = settled.awaitNanos(Math.min(settings.pause().toNanos(), end - now()));
        parts = take(block, page, wanted);
        if (parts.isEmpty() && end - now() <= 0) {
          throw new IOException(
              "pages of block %d from %d on were here, and are not any more"
                  .formatted(block, page));
        }
      }
      return parts;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a page was waited for");
    } finally {
      lock.unlock();
    }
  }

  /** Takes all that is wanted, or nothing. */
  private List<Part> take(int block, long page, long wanted) throws IOException {
    List<Part> parts = new ArrayList<>(2);
    lock.lock();
    try {
      requireOpen();
      long rest = wanted;
      for (Lines lines : List.of(bulk, urgent)) {
        int perLine = lines.pagesOfLine();
        for (int at = 0; rest != 0 && at < WORD; at += perLine) {
          long due = rest >>> at & Line.mask(0, perLine);
          Line line = due == 0 ? null : lines.find(Lines.key(block, page + at));
          rest &= ~(add(parts, line, at, due) << at);
        }
      }
      if (rest != 0) {
        return List.of();
      }
      parts.forEach(part -> part.line.readers++);
      return parts;
    } finally {
      lock.unlock();
    }
  }

  private static long add(List<Part> parts, @Nullable Line line, int at, long due) {
    if (line == null || (line.here & due) == 0) {
      return 0;
    }
    long bits = line.here & due;
    parts.add(new Part(line, at, bits, line.present & bits));
    return bits;
  }

  private void giveBack(List<Part> parts) {
    lock.lock();
    try {
      for (Part part : parts) {
        part.line.readers--;
        part.line.unread &= ~part.bits;
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends it: nobody reads any more, and the links are closed. Waits until they have given back what
   * they were lent.
   */
  @Override
  public void close() {
    boolean interrupted = false;
    boolean free;
    lock.lock();
    try {
      closed = true;
      settled.signalAll();
      long end = now() + MOST_WAIT;
      while (outstanding > 0 && end - now() > 0) {
        try {
          var _ = settled.awaitNanos(end - now());
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      free = outstanding == 0;
    } finally {
      lock.unlock();
    }
    if (free) {
      arena.close();
    } // else a link's reader may still write into it: rather lost than somebody else's
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
