package dev.cairn.transport.pages;

import dev.cairn.store.Id;
import dev.cairn.store.file.Crc;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Outcome;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks sources for pages that somebody waits for: the first one that runs; the next one as well if
 * that is slow; another one at once if it is lost, says no, or is wrong. Whatever is asked goes on
 * being asked until it is here: transport/PROTOCOL.md, Pages. Thread-safe.
 */
public final class PageAsker implements ComingPoint.Asking, Closeable {
  /** Most pages of one request; and bytes, as each has memory until it is answered. */
  private static final int MOST_BYTES = 256 << 10;

  /** Requests that are outstanding at once. */
  private static final int MOST_OUTSTANDING = 64;

  private static final Duration LOOK = Duration.ofMillis(5);

  private final ComingPoint point;
  private final Id checkpoint;
  private final LongSupplier nanoTime;
  private final PageTrace trace;
  private final int mostPages;
  private final Arena arena = Arena.ofShared();

  /**
   * Of the kernel's: that of a page that a guest waits for is not to wait for a carrier of virtual
   * threads that writes bulk. As many as there are rooms at most.
   */
  private final ExecutorService takers =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("cairn-page-", 0).factory());

  private final Thread watcher;
  private final AnswerTimes times = new AnswerTimes();

  // All of these are guarded by this.
  private final List<PageSource> sources = new ArrayList<>();
  private final Set<PageAsk> asks = new LinkedHashSet<>();
  private final Deque<Room> rooms = new ArrayDeque<>();
  private int roomsMade;
  private boolean closed;

  /** Memory of one request. */
  private record Room(MemorySegment entries, MemorySegment pages) {}

  /** What is to be asked of a source, and the memory of its answer. */
  private record Sending(PageSource source, PageAsk ask, Room room) {}

  /**
   * Makes one that knows no source yet.
   *
   * @param trace is told of all that is asked
   */
  public PageAsker(ComingPoint point, LongSupplier nanoTime, PageTrace trace) {
    this.point = point;
    this.checkpoint = point.view().point().id();
    this.nanoTime = nanoTime;
    this.trace = trace;
    this.mostPages = Math.clamp(MOST_BYTES / point.layout().pageSize(), 1, PagePlaces.WORD_PAGES);
    this.watcher = Thread.ofVirtual().name("cairn-page-watch").start(this::watch);
  }

  /**
   * A source can be asked from now on; all that is not here is asked of it, unless it is being
   * asked of another one.
   *
   * @param order of sources: lower ones are asked first
   * @param urgent its urgent link, while there is one
   */
  public void running(String name, int order, Supplier<Optional<Link>> urgent) {
    List<Sending> due;
    synchronized (this) {
      leave(name);
      PageSource source = new PageSource(name, order, urgent);
      int at = 0;
      while (at < sources.size() && sources.get(at).order() <= order) {
        at++;
      }
      sources.add(at, source);
      due = due();
      notifyAll();
    }
    due.forEach(this::send);
  }

  /** A source cannot be asked any more: what is outstanding there is asked of others at once. */
  public void lost(String name) {
    List<Sending> due;
    synchronized (this) {
      leave(name);
      due = due();
    }
    due.forEach(this::send);
  }

  private void leave(String name) {
    for (Iterator<PageSource> i = sources.iterator(); i.hasNext(); ) {
      PageSource source = i.next();
      if (source.name().equals(name)) {
        i.remove();
        asks.forEach(ask -> ask.lost(source));
      }
    }
  }

  @Override
  public void ask(int block, long page, long bits) {
    List<Sending> due;
    synchronized (this) {
      for (long left = bits; left != 0; ) {
        int from = Long.numberOfTrailingZeros(left);
        int run = Long.numberOfTrailingZeros(~(left >>> from));
        int count = Math.min(run, mostPages);
        asks.add(new PageAsk(block, page + from, count, nanoTime.getAsLong()));
        left &= count == Long.SIZE ? 0 : ~(((1L << count) - 1) << from);
      }
      due = due();
      notifyAll();
    }
    due.forEach(this::send);
  }

  /** Returns what is asked of nobody and can be sent now, as far as there is room. */
  private List<Sending> due() {
    List<Sending> due = new ArrayList<>();
    long now = nanoTime.getAsLong();
    for (PageAsk ask : asks) {
      if (ask.isIdle(now)) {
        next(ask, ask.why()).ifPresent(due::add);
      }
    }
    return due;
  }

  /**
   * Chooses the next source that was not asked yet. If there is no room, whoever gives some back
   * looks again.
   */
  private Optional<Sending> next(PageAsk ask, PageTrace.Why why) {
    for (PageSource source : sources) {
      if (!ask.wasAsked(source)) {
        Room room = source.hasRoom() ? room() : null;
        if (room == null) {
          return Optional.empty();
        }
        ask.asked(source, nanoTime.getAsLong());
        source.begin();
        trace.asked(source.name(), ask.block(), ask.page(), ask.count(), why);
        return Optional.of(new Sending(source, ask, room));
      }
    }
    return Optional.empty();
  }

  private @Nullable Room room() {
    Room room = rooms.poll();
    if (room == null && roomsMade < MOST_OUTSTANDING) {
      roomsMade++;
      long bytes = (long) mostPages * point.layout().pageSize();
      room =
          new Room(
              arena.allocate((long) mostPages * PageEntries.BYTES, 8), arena.allocate(bytes, 64));
    }
    return room;
  }

  /**
   * Sends a request. It waits for nobody: an urgent link has requests alone, and room for this one.
   */
  private void send(Sending sending) {
    PageSource source = sending.source;
    PageAsk ask = sending.ask;
    Room room = sending.room;
    long begin = nanoTime.getAsLong();
    Outcome outcome =
        new Outcome() {
          @Override
          public void done() {
            times.add(nanoTime.getAsLong() - begin);
            takers.execute(() -> take(sending));
          }

          @Override
          public void failed(IOException why) {
            over(sending, why);
          }
        };
    Optional<Link> link = source.urgent();
    if (link.isEmpty()) {
      outcome.failed(new LinkLostException(source.name() + ": its urgent link is not there"));
      return;
    }
    Message.Pages pages = new Message.Pages(checkpoint, ask.page(), ask.block(), ask.count());
    MemorySegment into = room.pages.asSlice(0, (long) ask.count() * point.layout().pageSize());
    MemorySegment entries = room.entries.asSlice(0, (long) ask.count() * PageEntries.BYTES);
    try {
      link.get().fetchPages(pages, entries, into, outcome);
    } catch (LinkLostException e) {
      outcome.failed(e);
    }
  }

  private void take(Sending sending) {
    PageSource source = sending.source;
    PageAsk ask = sending.ask;
    Room room = sending.room;
    try {
      requireRight(source, ask, room);
      int at = 0;
      for (int i = 0; i < ask.count(); i++) {
        if (PageEntries.kind(room.entries, i) == PageEntries.PLAIN) {
          point.take(ask.block(), ask.page() + i, page(room, at++));
        }
      }
    } catch (IOException | RuntimeException e) {
      over(sending, e instanceof IOException io ? io : new IOException(e));
      return;
    }
    done(sending);
    point.answer();
  }

  private MemorySegment page(Room room, int at) {
    int pageSize = point.layout().pageSize();
    return room.pages.asSlice((long) at * pageSize, pageSize);
  }

  private void requireRight(PageSource source, PageAsk ask, Room room) throws IOException {
    Crc sum = new Crc();
    int at = 0;
    for (int i = 0; i < ask.count(); i++) {
      int kind = PageEntries.kind(room.entries, i);
      int crc = PageEntries.crc(room.entries, i);
      MemorySegment bytes = kind == PageEntries.PLAIN ? page(room, at++) : MemorySegment.NULL;
      if (!point.isRight(sum, ask.block(), ask.page() + i, kind, crc, bytes)) {
        throw new IOException(
            "%s: page %d of block %d: expected the bytes of the index, found others"
                .formatted(source.name(), ask.page() + i, ask.block()));
      }
    }
  }

  private void done(Sending sending) {
    List<Sending> due;
    synchronized (this) {
      asks.remove(sending.ask);
      giveBack(sending);
      due = due();
    }
    due.forEach(this::send);
  }

  private void giveBack(Sending sending) {
    rooms.add(sending.room);
    sending.source.end();
  }

  private void over(Sending sending, IOException why) {
    PageSource source = sending.source;
    PageAsk ask = sending.ask;
    boolean refused = !(why instanceof LinkLostException);
    if (refused) {
      trace.refused(source.name(), ask.block(), ask.page(), ask.count(), why);
    }
    List<Sending> due;
    synchronized (this) {
      giveBack(sending);
      if (refused) {
        ask.refused(source, nanoTime.getAsLong(), sources.size());
      } else {
        ask.lost(source, nanoTime.getAsLong());
      }
      due = due();
    }
    due.forEach(this::send);
  }

  /** Looks after what takes long, as long as there is something. */
  private void watch() {
    try {
      while (true) {
        List<Sending> due;
        synchronized (this) {
          while (asks.isEmpty() && !closed) {
            wait();
          }
          if (closed) {
            return;
          }
          long now = nanoTime.getAsLong();
          long slow = times.slowNanos();
          due = due();
          for (PageAsk ask : asks) {
            if (ask.isSlow(now, slow)) {
              next(ask, PageTrace.Why.SLOW).ifPresent(due::add);
            }
          }
        }
        due.forEach(this::send);
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** To be closed when all links are: they lend the memory of answers. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
      sources.clear();
    }
    watcher.interrupt();
    takers.close();
    arena.close();
  }
}
