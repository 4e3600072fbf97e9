package dev.cairn.tools.bench;

import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.read.ReadEvents;
import dev.cairn.transport.read.ReadSettings;
import dev.cairn.transport.read.RemotePoint;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Pages of a point that a {@code cairn pull --postcopy} of its own process brings from a server,
 * asked of that process as {@code resume} and {@code uffd-serve} do.
 */
final class PulledWay implements PageWay {
  private static final int PAGE = 4096;
  private static final long DEADLINE_SECONDS = 60;

  /** Of what nobody waits for, so that hardly a page is here before its fault. */
  private static final String BULK_RATE = "256K";

  private final Process child;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment word = arena.allocate((long) RemotePoint.WORD_PAGES * PAGE, PAGE);
  private final Arrivals arrivals;
  private final RemotePoint point;

  private PulledWay(Process child, Arrivals arrivals, RemotePoint point) {
    this.child = child;
    this.arrivals = arrivals;
    this.point = point;
  }

  /** Wakes who waits for a page. */
  private static final class Arrivals implements ReadEvents {
    private final Thread waits = Thread.currentThread();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

    @Override
    public void arrived() {
      LockSupport.unpark(waits);
    }

    @Override
    public void lost(String why) {
      failure.compareAndSet(null, why);
      arrived();
    }

    @Override
    public void back() {}

    @Override
    public void refused(String why) {
      lost(why);
    }

    @Override
    public boolean isElsewhere() {
      return failure.get() != null;
    }
  }

  /**
   * Starts it, into a store of its own, and waits until pages can be asked for.
   *
   * @param mostBytes of pages that come before their blocks
   */
  static PulledWay start(Workbench bench, ServedWay.From from, long mostBytes) throws IOException {
    bench.makeStore("pulled").close();
    Path log = bench.file("pull.log");
    String store = bench.file("pulled").toString();
    List<String> words =
        List.of(
            "--store",
            store,
            "pull",
            from.chain(),
            "--from",
            from.endpoint().toString(),
            "--postcopy",
            "--limit-rate",
            BULK_RATE,
            "--buffer",
            Long.toString(mostBytes));
    Process child = Children.start(log, Children.cairn(words));
    boolean done = false;
    try {
      Path socket = Path.of(store, "run", from.chain() + ".sock");
      Arrivals arrivals = new Arrivals();
      RemotePoint point = connect(child, log, new Endpoint.Unix(socket), from, arrivals);
      done = true;
      return new PulledWay(child, arrivals, point);
    } finally {
      if (!done) {
        Children.reap(child);
      }
    }
  }

  private static RemotePoint connect(
      Process child, Path log, Endpoint.Unix socket, ServedWay.From from, Arrivals arrivals)
      throws IOException {
    LinkSettings links = LinkSettings.standard(from.timer(), LinkEvents.NONE);
    // Little memory: what was read lately is to be asked for anew.
    ReadSettings settings =
        new ReadSettings(links, StreamClient.settings(1), 1, Duration.ofSeconds(1));
    RemotePoint.Wanted wanted =
        new RemotePoint.Wanted(from.chain(), true, from.checkpoint().toString());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (true) {
      if (Files.exists(socket.path())) {
        return RemotePoint.open(socket, wanted, settings, arrivals);
      }
      if (!child.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException(
            "cairn pull does not answer: " + Files.readString(log, StandardCharsets.UTF_8));
      }
      Children.pause(TimeUnit.MILLISECONDS, 20);
    }
  }

  @Override
  public String name() {
    return "cairn pull --postcopy";
  }

  @Override
  public void page(long number, Taker taker) throws IOException {
    long slot = number % RemotePoint.WORD_PAGES;
    long bit = 1L << slot;
    while (point.missing(0, number - slot, bit, true) != 0) {
      LockSupport.park(this);
      String why = arrivals.failure.get();
      if (why != null) {
        throw new IOException("the pull does not give pages any more: " + why);
      }
    }
    if (point.read(0, number - slot, bit, word) != bit) {
      throw new IOException("page " + number + " came as a page of zeros");
    }
    taker.take(word.asSlice(slot * PAGE, PAGE));
  }

  @Override
  public void close() {
    point.close();
    Children.reap(child);
    arena.close();
  }
}
