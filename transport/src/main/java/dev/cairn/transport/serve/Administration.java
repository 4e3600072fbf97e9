package dev.cairn.transport.serve;

import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.link.Service;
import dev.cairn.transport.link.Session;
import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * Serves the role {@code admin}: the server's own user, on this machine, and nobody else.
 * Thread-safe.
 */
public final class Administration implements Service {
  private final LongConsumer rate;

  /**
   * Makes one.
   *
   * @param rate takes a new rate in all, bytes a second; 0: no limit
   */
  public Administration(LongConsumer rate) {
    this.rate = rate;
  }

  @Override
  public SessionService open(Session session) throws IOException {
    if (session.peer().standing() != Peer.Standing.OWN) {
      throw refused(
          ErrorCode.NO_RIGHT,
          "role admin: expected a Unix socket, and the user that the server runs as");
    }
    return new SessionService() {
      @Override
      public Requests ready(Link link) {
        return new AdminRequests(link);
      }

      @Override
      public void ended() {}
    };
  }

  private static FailureException refused(ErrorCode code, String what) {
    return FailureException.of(code, what);
  }

  private final class AdminRequests implements Requests {
    private final Link link;

    AdminRequests(Link link) {
      this.link = link;
    }

    @Override
    public void other(int request, Message message) throws IOException {
      if (!(message instanceof Message.Rate asked)) {
        throw refused(ErrorCode.CANNOT_BE, "expected RATE of role admin");
      }
      rate.accept(asked.bytesPerSecond());
      link.answer(request, new Message.Rated());
    }
  }
}
