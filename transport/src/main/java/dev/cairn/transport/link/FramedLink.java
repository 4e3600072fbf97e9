package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.rdma.RemoteMemory;
import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A link by frames, over any carrier. Thread-safe as {@link Link} says. One thread reads it, one
 * answers what the peer asks, and {@link LinkWatch} looks after the time.
 */
final class FramedLink implements Link {
  /** Who this side is, and on which link. */
  record Place(LinkKind kind, Agreement agreement, boolean isServer) {
    /** Returns how many requests this side may have outstanding. */
    int own() {
      return isServer ? agreement.ofServer() : agreement.ofClient();
    }

    int peers() {
      return isServer ? agreement.ofClient() : agreement.ofServer();
    }
  }

  private final Connection connection;
  private final Place place;
  private final Outstanding outstanding;
  private final Arrivals arrivals;
  private final LinkWatch watch;

  private final LinkWindows windows;
  private final AtomicReference<@Nullable LinkLostException> lost = new AtomicReference<>();
  private final AtomicReference<@Nullable Thread> reader = new AtomicReference<>();

  /** Makes the link of a connection on which hands are shaken. */
  FramedLink(Connection connection, Place place) {
    this.connection = connection;
    this.place = place;
    outstanding = new Outstanding(name(), place.own());
    arrivals = new Arrivals(name(), place.peers());
    watch = new LinkWatch(connection, this::lose);
    windows =
        new LinkWindows(
            connection,
            place,
            new LinkWindows.Frames() {
              @Override
              public void ask(Message.Window window, Answer answer) throws LinkLostException {
                FramedLink.this.ask(window, answer);
              }

              @Override
              public void send(Message.WindowDone done) throws LinkLostException {
                FramedLink.this.send(output -> output.send(0, done));
              }

              @Override
              public void fetch(long file, long offset, MemorySegment into, Outcome outcome)
                  throws LinkLostException {
                fetchByFrames(file, offset, into, outcome);
              }

              @Override
              public void lose(IOException why) {
                FramedLink.this.lose(why);
              }

              @Override
              public void end(Message.Failure why) {
                FramedLink.this.end(why);
              }
            });
  }

  /**
   * Begins to read.
   *
   * @param ended told when the link has ended, after all others
   */
  void start(Requests requests, Consumer<LinkLostException> ended) {
    arrivals.begin(requests, this::failed);
    LinkReader reading =
        new LinkReader(connection.input(), place, outstanding, arrivals, watch, windows);
    Thread thread =
        connection
            .settings()
            .threads()
            .newThread(
                () -> {
                  lose(reading.run());
                  connection.drain();
                  LinkLostException why = why();
                  outstanding.failAll(why);
                  connection.shutdown();
                  connection.carrier().remoteMemory().ifPresent(RemoteMemory::awaitGone);
                  requests.lost(why);
                  ended.accept(why);
                });
    reader.set(thread);
    watch.start();
    connection.settings().threads().newThread(this::serve).start();
    thread.start();
  }

  private void serve() {
    try {
      arrivals.serve();
    } catch (RuntimeException | Error e) {
      lose(new LinkLostException(name() + ": a defect of who answers", e));
    }
  }

  private LinkLostException why() {
    LinkLostException why = lost.get();
    return why == null ? new LinkLostException(name() + ": the link has ended") : why;
  }

  /** Ends the link; what the peer has done wrong, it is told. */
  private void lose(IOException why) {
    if (why instanceof LinkLostException known) {
      if (finish(known, false)) {
        connection.settings().events().lost(name(), known);
      }
    } else if (why instanceof BadInputException) {
      connection.settings().events().fault(name(), why);
      end(Failures.of(ErrorCode.CANNOT_BE, String.valueOf(why.getMessage())), why);
    } else {
      LinkLostException told =
          new LinkLostException(name() + ": the link is lost: " + why.getMessage(), why);
      if (finish(told, false)) {
        connection.settings().events().lost(name(), told);
      }
    }
  }

  private boolean finish(LinkLostException why, boolean gently) {
    if (!lost.compareAndSet(null, why)) {
      return false;
    }
    watch.stop();
    outstanding.end(why);
    arrivals.end();
    if (!gently) {
      connection.shutdown();
    }
    return true;
  }

  @Override
  public void end(Message.Failure why) {
    end(why, new FailureException(why));
  }

  private void end(Message.Failure told, IOException why) {
    if (finish(new LinkLostException(name() + ": ended here: " + why.getMessage(), why), true)) {
      connection.sayAndShutdown(0, told);
    }
  }

  @Override
  public void close() {
    finish(new LinkLostException(name() + ": closed here"), false);
  }

  /** A request could not be answered: the peer is told, unless it has its answer. */
  private void failed(int request, IOException why) {
    if (why instanceof LinkLostException || !arrivals.isOutstanding(request)) {
      return;
    }
    connection.settings().events().failed(name(), why);
    try {
      fail(request, Failures.of(why));
    } catch (LinkLostException _) {
      // Who asked has gone.
    }
  }

  @Override
  public String name() {
    return connection.name() + " (" + place.kind().text() + ")";
  }

  @Override
  public LinkKind kind() {
    return place.kind();
  }

  @Override
  public Agreement agreement() {
    return place.agreement();
  }

  @Override
  public int room() {
    return outstanding.room();
  }

  @Override
  public void fetch(long file, long offset, MemorySegment into, Outcome outcome)
      throws LinkLostException {
    requireLent(into);
    int length = (int) Math.min(Integer.MAX_VALUE, into.byteSize());
    if (length < 1 || length > Message.MOST_FETCH || offset < 0 || place.kind() != LinkKind.DATA) {
      throw new IllegalArgumentException("a fetch of " + length + " bytes at " + offset);
    }
    LinkLostException before = lost.get();
    if (before != null) {
      throw before; // who reads in windows must be told, too
    }
    if (!windows.read(file, offset, into, outcome)) {
      fetchByFrames(file, offset, into, outcome);
    }
  }

  private void fetchByFrames(long file, long offset, MemorySegment into, Outcome outcome)
      throws LinkLostException {
    int length = (int) into.byteSize();
    int request = outstanding.register(FrameType.DATA, outcome, into, MemorySegment.NULL, 0);
    try {
      connection.output().fetch(request, file, offset, length);
    } catch (IOException e) {
      lose(e); // its outcome says so
    }
  }

  @Override
  public int stretch() {
    return windows.stretch();
  }

  @Override
  public void lend(MemorySegment memory) {
    windows.lend(memory);
  }

  @Override
  public void expect(long file, long offset, int length) throws LinkLostException {
    windows.expect(file, offset, length);
  }

  @Override
  public void fetchPages(
      Message.Pages pages, MemorySegment entries, MemorySegment into, Outcome outcome)
      throws LinkLostException {
    requireLent(entries);
    requireLent(into);
    boolean fits =
        entries.byteSize() >= (long) pages.count() * PageEntries.BYTES
            && into.byteSize() % pages.count() == 0;
    if (!fits || place.kind() == LinkKind.CONTROL) {
      throw new IllegalArgumentException("memory for " + pages);
    }
    int request = outstanding.register(FrameType.PAGES_ARE, outcome, into, entries, pages.count());
    try {
      connection
          .output()
          .pages(request, pages.checkpoint(), pages.page(), pages.block(), pages.count());
    } catch (IOException e) {
      lose(e);
    }
  }

  /** The reader writes into it: an arena of another thread alone is found out here, not there. */
  private void requireLent(MemorySegment memory) {
    Thread thread = reader.get();
    if (memory.isReadOnly() || (thread != null && !memory.isAccessibleBy(thread))) {
      throw new IllegalArgumentException("memory that the link's reader cannot write");
    }
  }

  @Override
  public void ask(Message request, Answer answer) throws LinkLostException {
    FrameType type = FrameType.of(request);
    boolean plain =
        type.isRequest()
            && type != FrameType.HELLO
            && type != FrameType.PING
            && type != FrameType.FETCH
            && type != FrameType.PAGES;
    if (!plain) {
      throw new IllegalArgumentException(type + " is not asked so");
    }
    FrameType answered = FrameType.answerTo(type);
    int number = outstanding.register(answered, answer, MemorySegment.NULL, MemorySegment.NULL, 0);
    try {
      connection.output().send(number, request);
    } catch (IOException e) {
      lose(e);
    }
  }

  /** What is sent in answer. */
  private interface Sending {
    void send(FrameOutput output) throws IOException;
  }

  private void send(Sending sending) throws LinkLostException {
    LinkLostException before = lost.get();
    if (before != null) {
      throw before;
    }
    try {
      sending.send(connection.output());
    } catch (IOException e) {
      lose(e);
      throw why();
    }
  }

  @Override
  public void answer(int request, Message message) throws LinkLostException {
    var _ = arrivals.answered(request);
    send(output -> output.send(request, message));
  }

  @Override
  public AnswerStream answerStream(int request, Message head) throws LinkLostException {
    FrameType type = FrameType.of(head);
    if (!type.hasStream() || type == FrameType.DATA) {
      throw new IllegalArgumentException(type + " has no stream, or one that is sent otherwise");
    }
    return new GatheredStream(
        head,
        (payload, more) -> {
          if (!more) {
            var _ = arrivals.answered(request);
          }
          send(output -> output.covered(type, request, more, payload));
        });
  }

  @Override
  public void answerData(int request, MemorySegment bytes, boolean more) throws LinkLostException {
    if (more && (bytes.byteSize() == 0 || bytes.byteSize() % FrameHeader.MOST_PAYLOAD != 0)) {
      throw new IllegalArgumentException("a part of DATA of " + bytes.byteSize() + " bytes");
    }
    if (!more) {
      var _ = arrivals.answered(request);
    }
    send(output -> output.data(request, bytes, more));
  }

  @Override
  public void answerWindow(int request, MemorySegment bytes, Runnable freed) throws IOException {
    Message.WindowIs is = windows.give(bytes, freed);
    var _ = arrivals.answered(request);
    send(output -> output.send(request, is));
  }

  @Override
  public void answerPages(int request, MemorySegment entries, MemorySegment bytes)
      throws LinkLostException {
    var _ = arrivals.answered(request);
    int count = (int) (entries.byteSize() / PageEntries.BYTES);
    send(output -> output.pagesAre(request, count, entries, bytes));
  }

  @Override
  public void fail(int request, Message.Failure failure) throws LinkLostException {
    if (arrivals.answered(request) == FrameType.WINDOW) {
      windows.refused();
    }
    send(output -> output.send(request, failure));
  }

  @Override
  public void notice(Message.Progress progress) throws LinkLostException {
    send(output -> output.send(0, progress));
  }

  @Override
  public String toString() {
    return name();
  }
}
