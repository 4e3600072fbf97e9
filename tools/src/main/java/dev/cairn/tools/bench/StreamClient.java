package dev.cairn.tools.bench;

import dev.cairn.tools.linux.HostLinks;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Outcome;
import dev.cairn.transport.link.Reply;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.Versions;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a file over and over, by all data links of a session, as a pull does: pieces of 1 MiB,
 * four outstanding on each link. {@link #cost} is for one thread.
 */
final class StreamClient implements Closeable {
  /** As transport/PROTOCOL.md has it: at most 4 MiB outstanding on a data link. */
  private static final int OUTSTANDING = 4;

  private static final int PIECE = 1 << 20;
  private static final long DEADLINE_SECONDS = 30;
  private static final int MOST_TRIES = 50;

  /** What is fetched. */
  record File(String chain, long id, long length, Path path) {}

  private final File file;

  /** Of the hold: over each link a client has another name, and no name has another's hold. */
  private final String token;

  private final Arena arena = Arena.ofShared();
  private final LinkedBlockingQueue<Link> ready = new LinkedBlockingQueue<>();
  private final LongAdder bytes = new LongAdder();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
  private final LinkSettings settings;
  private final LinkGroup group;
  private volatile boolean over;

  StreamClient(Endpoint endpoint, ClientSettings client, ScheduledExecutorService timer, File file)
      throws IOException {
    this.file = file;
    token = "bench-" + endpoint.toString().substring(0, endpoint.toString().indexOf(':'));
    settings = HostLinks.standard(timer, LinkEvents.NONE);
    group = LinkGroup.open(endpoint, Role.PULL, settings, client, new Told());
  }

  /** Returns what a client of so many streams says, without TLS. */
  static ClientSettings settings(int streams) {
    return new ClientSettings(
        Abilities.standard(streams, "cairn bench"), Versions.known(), Optional.empty());
  }

  /** Takes note of links. */
  private final class Told implements LinkGroup.Events {
    @Override
    public Requests ready(Link link) {
      if (link.kind() == LinkKind.DATA) {
        ready.add(link);
      }
      return Requests.none();
    }

    @Override
    public void lost(LinkLostException why) {
      failure.compareAndSet(null, why);
    }
  }

  /**
   * Measures.
   *
   * @param warmMillis that come before, and do not count
   * @param meter of both sides
   */
  Meter.Cost cost(int streams, long warmMillis, int seconds, Meter meter) throws IOException {
    start(streams);
    try (meter) {
      Children.pause(TimeUnit.MILLISECONDS, warmMillis);
      meter.begin();
      long bytesBefore = bytes.sum();
      long before = System.nanoTime();
      Children.pause(TimeUnit.SECONDS, seconds);
      long moved = bytes.sum() - bytesBefore;
      double nanos = System.nanoTime() - before;
      meter.end();
      requireFine();
      return meter.of(moved / (nanos / 1e9), moved);
    } finally {
      stop();
    }
  }

  /** Begins to fetch by so many streams, until it is stopped. */
  void start(int streams) throws IOException {
    hold();
    for (int i = 0; i < streams; i++) {
      Link link = take();
      long from = file.length() / PIECE * i / streams;
      threads.add(settings.help("cairn-bench-" + i, () -> fetchAll(link, from)));
    }
  }

  /** Returns how many bytes came so far. */
  long bytes() {
    return bytes.sum();
  }

  /** Ends what was started. */
  void stop() throws IOException {
    over = true;
    join(threads);
    requireFine();
  }

  /** The hold of an earlier session of the same client is taken up again. */
  private void hold() throws IOException {
    try {
      Reply.ask(group.control(), new Message.Hold(token, file.chain()));
    } catch (FailureException e) {
      if (e.code() != ErrorCode.NO_SUCH) {
        throw e;
      }
      open(group.control(), new Message.Open(token, false, false, file.chain(), "latest"));
    }
  }

  /** Takes a hold: a client has one a second. */
  static void open(Link control, Message.Open open) throws IOException {
    for (int tries = 0; ; tries++) {
      try {
        Reply.ask(control, open);
        return;
      } catch (FailureException e) {
        if (e.code() != ErrorCode.TOO_MUCH || tries == MOST_TRIES) {
          throw e;
        }
        Children.pause(TimeUnit.MILLISECONDS, 200);
      }
    }
  }

  private Link take() throws IOException {
    try {
      Link link = ready.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (link == null) {
        throw new IOException("a data link did not come within " + DEADLINE_SECONDS + " s");
      }
      return link;
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while links were measured");
  }

  private void requireFine() throws IOException {
    IOException why = failure.get();
    if (why != null) {
      throw new IOException("the links could not be measured: " + why.getMessage(), why);
    }
  }

  private static void join(List<Thread> threads) throws IOException {
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /** Memory of one link: as many pieces as may be outstanding there. Thread-safe. */
  private final class Room {
    final Semaphore places = new Semaphore(OUTSTANDING);
    final ConcurrentLinkedQueue<MemorySegment> free = new ConcurrentLinkedQueue<>();

    Room(Link link) {
      MemorySegment all = arena.allocate((long) OUTSTANDING * PIECE, 4096);
      link.lend(all);
      for (int i = 0; i < OUTSTANDING; i++) {
        free.add(all.asSlice((long) i * PIECE, PIECE));
      }
    }

    MemorySegment take() throws InterruptedException {
      places.acquire();
      return Objects.requireNonNull(free.poll(), "room is memory");
    }

    void give(MemorySegment piece) {
      free.add(piece);
      places.release();
    }

    /** All memory has to be back before it goes; each request has an outcome. */
    void await() {
      places.acquireUninterruptibly(OUTSTANDING);
    }
  }

  private void fetchAll(Link link, long from) {
    Room room = new Room(link);
    long pieces = file.length() / PIECE;
    long stretch = link.stretch() / PIECE;
    try {
      check(link, room, from);
      long told = from;
      for (long piece = from; !over; piece = (piece + 1) % pieces) {
        if (stretch > 0 && (piece == 0 || piece + stretch / 2 >= told)) {
          told = expect(link, Math.max(piece, piece == 0 ? 0 : told), stretch);
        }
        MemorySegment into = room.take();
        link.fetch(file.id(), piece * PIECE, into, new Counted(into, room));
      }
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    } catch (InterruptedException e) {
      failure.compareAndSet(null, interrupted());
    }
    room.await();
  }

  /** Tells a link of the next stretch; returns where it ends, in pieces. */
  private long expect(Link link, long from, long stretch) throws LinkLostException {
    long end = Math.min(file.length() / PIECE, from + stretch);
    if (end > from) {
      link.expect(file.id(), from * PIECE, Math.toIntExact((end - from) * PIECE));
    }
    return end > from ? end : Long.MAX_VALUE - stretch; // until the file begins anew
  }

  /** Of each link the first piece is compared: what is measured are the right bytes. */
  private void check(Link link, Room room, long piece) throws IOException, InterruptedException {
    MemorySegment got = room.take();
    link.fetch(file.id(), piece * PIECE, got, new Counted(got, room));
    room.await();
    room.places.release(OUTSTANDING);
    requireFine();
    ByteBuffer expected = ByteBuffer.allocate(PIECE);
    try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
      while (expected.hasRemaining()
          && channel.read(expected, piece * PIECE + expected.position()) > 0) {
        // Reads on.
      }
    }
    if (MemorySegment.ofArray(expected.array()).mismatch(got) >= 0) {
      throw new IOException("other bytes came than those of " + file.path());
    }
  }

  /** Counts a piece, and gives its memory back. */
  private final class Counted implements Outcome {
    private final MemorySegment into;
    private final Room room;

    Counted(MemorySegment into, Room room) {
      this.into = into;
      this.room = room;
    }

    @Override
    public void done() {
      bytes.add(PIECE);
      room.give(into);
    }

    @Override
    public void failed(IOException why) {
      failure.compareAndSet(null, why);
      over = true;
      room.give(into);
    }
  }

  @Override
  public void close() {
    group.close();
    arena.close();
  }
}
