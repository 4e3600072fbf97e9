package dev.cairn.tools.bench;

import dev.cairn.store.Id;
import dev.cairn.store.file.Crc;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Outcome;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Pages of a point by the urgent link of a {@code cairn serve}, checked, as a pull asks for them.
 */
final class ServedWay implements PageWay {
  private static final int PAGE = 4096;
  private static final long DEADLINE_SECONDS = 30;

  private final Id checkpoint;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment entries = arena.allocate(PageEntries.BYTES, 8);
  private final MemorySegment into = arena.allocate(PAGE, PAGE);
  private final Crc crc = new Crc();
  private final CompletableFuture<Link> urgent = new CompletableFuture<>();
  private final LinkGroup group;

  /**
   * Where a point is served.
   *
   * @param timer for the links
   */
  record From(Endpoint endpoint, String chain, Id checkpoint, ScheduledExecutorService timer) {}

  ServedWay(From from) throws IOException {
    this.checkpoint = from.checkpoint;
    group =
        LinkGroup.open(
            from.endpoint,
            Role.PULL,
            LinkSettings.standard(from.timer, LinkEvents.NONE),
            StreamClient.settings(1),
            new Told());
    boolean done = false;
    try {
      StreamClient.open(
          group.control(),
          new Message.Open("bench-faults", false, true, from.chain, checkpoint.toString()));
      var _ = link();
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /** Takes note of links. */
  private final class Told implements LinkGroup.Events {
    @Override
    public Requests ready(Link link) {
      if (link.kind() == LinkKind.URGENT) {
        urgent.complete(link);
      }
      return Requests.none();
    }

    @Override
    public void lost(LinkLostException why) {
      urgent.completeExceptionally(why);
    }
  }

  private Link link() throws IOException {
    try {
      return urgent.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("an urgent link did not come: " + e.getMessage(), e);
    }
  }

  /** Has a page taken by the thread that reads the link, and then wakes who waits. */
  private final class Answered implements Outcome {
    private final Thread waits = Thread.currentThread();
    private final long number;
    private final Taker taker;
    private volatile boolean over;
    private @Nullable IOException why;

    Answered(long number, Taker taker) {
      this.number = number;
      this.taker = taker;
    }

    @Override
    public void done() {
      try {
        if (PageEntries.kind(entries, 0) != PageEntries.PLAIN
            || crc.of(into, 0, PAGE) != PageEntries.crc(entries, 0)) {
          throw new IOException("page " + number + " is not as it was captured");
        }
        taker.take(into);
        wake();
      } catch (IOException e) {
        failed(e);
      }
    }

    @Override
    public void failed(IOException reason) {
      why = reason;
      wake();
    }

    private void wake() {
      over = true;
      LockSupport.unpark(waits);
    }

    void await() throws IOException {
      while (!over) {
        LockSupport.park(this);
      }
      IOException told = why;
      if (told != null) {
        throw told;
      }
    }
  }

  @Override
  public String name() {
    return "cairn serve";
  }

  @Override
  public void page(long number, Taker taker) throws IOException {
    Answered answered = new Answered(number, taker);
    link().fetchPages(new Message.Pages(checkpoint, number, 0, 1), entries, into, answered);
    answered.await();
  }

  @Override
  public void close() {
    group.close();
    arena.close();
  }
}
