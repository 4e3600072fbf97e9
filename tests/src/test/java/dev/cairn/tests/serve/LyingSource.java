package dev.cairn.tests.serve;

import dev.cairn.store.Id;
import dev.cairn.transport.link.AnswerStream;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkServer;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.link.ServerSettings;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.link.Session;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * A server that says what a true one says, but for one lie: it asks the true one, and changes the
 * answers. Thread-safe.
 */
final class LyingSource implements Service, AutoCloseable {
  /** What it answers in place of the truth. */
  interface Lie {
    /** Answers LOOK. */
    default void seen(Link link, int request, Message.Seen truth) throws IOException {
      link.answer(request, truth);
    }

    /** Answers OPEN. */
    default void opened(Link link, int request, Message.Opened truth, byte[] state)
        throws IOException {
      byte[] text = state(state);
      Message.Opened head = new Message.Opened(truth.point(), truth.checkpoint(), text.length);
      AnswerStream answer = link.answerStream(request, head);
      answer.write(MemorySegment.ofArray(text));
      answer.end();
    }

    /** Returns the state to come. */
    default byte[] state(byte[] truth) {
      return truth;
    }

    /** Tells whether the true source is asked, too. */
    default boolean fetches(long file, long offset, int length) {
      return true;
    }

    /**
     * Answers FETCH.
     *
     * @param truth empty if the true source was not asked
     */
    default void data(Link link, int request, Asked asked, byte[] truth) throws IOException {
      link.answerData(request, MemorySegment.ofArray(truth));
    }
  }

  /** A FETCH. Immutable. */
  record Asked(long file, long offset, int length) {}

  private final Lie lie;
  private final TestReceiver truth;
  private final Queue<Message.Release> holds = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final LinkServer server;
  private final Endpoint endpoint;

  /**
   * Listens at a port of loopback.
   *
   * @param source the true one
   */
  LyingSource(Endpoint source, Lie lie) throws IOException {
    this.lie = lie;
    truth = new TestReceiver(source);
    server =
        new LinkServer(
            LinkSettings.standard(timer, LinkEvents.NONE),
            new ServerSettings(
                Abilities.standard(8, "lies"),
                Versions.known(),
                Optional.empty(),
                ServerSettings.Limits.STANDARD,
                new SecureRandom()),
            this);
    endpoint =
        server
            .listen(
                Endpoint.parse("tcp:127.0.0.1:0"), new LinkServer.Security(Optional.empty(), false))
            .endpoint();
  }

  Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public SessionService open(Session session) {
    return new SessionService() {
      @Override
      public Requests ready(Link link) {
        return new Lying(link);
      }

      @Override
      public void ended() {}
    };
  }

  private final class Lying implements Requests {
    private final Link link;

    Lying(Link link) {
      this.link = link;
    }

    @Override
    public void fetch(int request, long file, long offset, int length) throws IOException {
      byte[] bytes =
          lie.fetches(file, offset, length) ? truth.fetch(file, offset, length) : new byte[0];
      lie.data(link, request, new Asked(file, offset, length), bytes);
    }

    @Override
    public void pages(int request, Id checkpoint, int block, long page, int count)
        throws IOException {
      throw new IOException("not asked for by a pull");
    }

    @Override
    public void other(int request, Message message) throws IOException {
      TestReceiver.Answered answered = truth.ask(message);
      if (message instanceof Message.Open open) {
        holds.add(new Message.Release(open.token(), open.chain()));
      }
      switch (answered.head()) {
        case Message.Seen seen -> lie.seen(link, request, seen);
        case Message.Opened opened -> lie.opened(link, request, opened, answered.stream());
        case Message.Failure failure -> throw new FailureException(failure);
        default -> link.answer(request, answered.head());
      }
    }
  }

  /** Lets its holds go, too: a client may have eight. */
  @Override
  public void close() throws IOException {
    server.close();
    for (Message.Release hold : holds) {
      truth.release(hold.token(), hold.chain());
    }
    truth.close();
    timer.shutdownNow();
  }
}
