package dev.cairn.transport.source;

import dev.cairn.store.file.Point;
import dev.cairn.transport.link.AnswerStream;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.pages.PointAnswer;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Welcome;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Answers what comes in on a control link. OPEN and POINT take long: each has a thread of its own,
 * and a link lets one of each be outstanding.
 */
final class ControlRequests implements Requests {
  /** What goes in one piece: it is counted, and what is urgent goes in between. */
  private static final int PIECE = 64 << 10;

  private final SourceSession session;
  private final Source source;
  private final Link link;
  private volatile boolean lost;

  ControlRequests(SourceSession session, Link link) {
    this.session = session;
    this.source = session.source();
    this.link = link;
  }

  private static IOException refused() {
    return FailureException.of(ErrorCode.CANNOT_BE, "not on this link, or not of this role");
  }

  @Override
  public void other(int request, Message message) throws IOException {
    try {
      switch (message) {
        case Message.Look look -> look(request, look);
        case Message.Open open -> beside(request, () -> open(request, open));
        case Message.Hold hold -> hold(request, hold);
        case Message.Release release -> release(request, release);
        case Message.Point point -> beside(request, () -> point(request, point));
        case Hello _,
            Welcome _,
            Message.Failure _,
            Message.Ping _,
            Message.Pong _,
            Message.Seen _,
            Message.Opened _,
            Message.Held _,
            Message.Released _,
            Message.PointIs _,
            Message.Offer _,
            Message.Taken _,
            Message.Progress _,
            Message.Rate _,
            Message.Rated _,
            Message.Fetch _,
            Message.Data _,
            Message.Window _,
            Message.WindowIs _,
            Message.WindowDone _,
            Message.Pages _,
            Message.PagesAre _ ->
            throw refused();
      }
    } catch (IOException | RuntimeException e) {
      source.failed(e);
      throw e;
    }
  }

  /** What takes long. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private void beside(int request, Work work) {
    source
        .beside()
        .execute(
            () -> {
              try {
                work.run();
              } catch (IOException | RuntimeException e) {
                source.failed(e);
                fail(request, e);
              }
            });
  }

  private void fail(int request, Exception failure) {
    IOException why = failure instanceof IOException known ? known : new IOException(failure);
    try {
      link.fail(request, FailureException.told(why));
    } catch (LinkLostException e) {
      // Nobody waits for it any more.
    }
  }

  private void look(int request, Message.Look look) throws IOException {
    link.answer(request, source.holds().look(session.scope(), look, link.agreement().pageSizes()));
  }

  private void open(int request, Message.Open open) throws IOException {
    Holds.Taken taken = source.take(session, open, link.agreement().pageSizes());
    session.holds().add(taken.hold());
    MemorySegment text = taken.text();
    int length = (int) text.byteSize();
    Point point = taken.point();
    try (MemoryBudget.Lease _ = session.account().memory().take(length)) {
      AnswerStream answer =
          link.answerStream(request, new Message.Opened(point.checkpoint(), point.id(), length));
      write(answer, text);
      answer.end();
    }
  }

  private void hold(int request, Message.Hold hold) throws IOException {
    Holds.Found found = source.holds().find(session.scope(), hold.chain(), hold.token());
    session.holds().add(found.hold());
    source.used(found.hold());
    link.answer(request, new Message.Held(found.point().checkpoint(), found.point().id()));
  }

  private void release(int request, Message.Release release) throws IOException {
    if (!session.scope().releases()) {
      throw FailureException.of(
          ErrorCode.CANNOT_BE, "RELEASE: what was offered is not yours to let go");
    }
    source.holds().release(session.scope(), release.chain(), release.token());
    session.holds().remove(session.scope().chain(release.chain()), release.token());
    link.answer(request, new Message.Released());
  }

  private void point(int request, Message.Point asked) throws IOException {
    try (Pictures.Served served = session.point(asked.checkpoint())) {
      PointAnswer.send(link, request, served.view(), served.label(), new Counted());
    }
  }

  /** Bytes that go out count as the client's. */
  private final class Counted implements PointAnswer.Account {
    @Override
    public void count(long bytes) throws IOException {
      session.account().count(bytes, () -> lost);
      source.counters().bytes.add(bytes);
    }

    @Override
    public PointAnswer.Lease take(long bytes) throws IOException {
      return session.account().memory().take(bytes)::close;
    }
  }

  private void write(AnswerStream answer, MemorySegment bytes) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      long length = Math.min(PIECE, bytes.byteSize() - at);
      session.account().count(length, () -> lost);
      answer.write(bytes.asSlice(at, length));
      source.counters().bytes.add(length);
    }
  }

  @Override
  public void notice(Message.Progress progress) {
    session.progress(progress);
  }

  @Override
  public void lost(LinkLostException why) {
    lost = true;
    session.account().wake();
  }
}
