package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.peer.PeerNames;
import dev.cairn.transport.peer.TokenProof;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageReader;
import dev.cairn.transport.wire.Preamble;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.VersionRange;
import dev.cairn.transport.wire.Welcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Answers the HELLOs of a server: who is who, what fits, what is too much. Thread-safe. */
final class Greeter {
  private static final int HELLO = 1;

  private final LinkSettings links;
  private final ServerSettings settings;
  private final Service service;
  private final Sessions sessions;
  private final ReadyLinks ready;

  Greeter(LinkSettings links, ServerSettings settings, Service service) {
    this.links = links;
    this.settings = settings;
    this.service = service;
    sessions = new Sessions(settings.random());
    ready = new ReadyLinks(settings.limits());
  }

  Sessions sessions() {
    return sessions;
  }

  /**
   * Makes a link of a connection, and starts it. Whom it refuses, it has told why.
   *
   * @param deadline met with WELCOME
   */
  void receive(Caller caller, Deadline deadline) throws IOException {
    Connection connection = Connection.over(caller.carrier(), links);
    boolean spoken = false;
    AtomicBoolean welcomed = new AtomicBoolean();
    try {
      ByteBuffer preamble = FrameHeader.buffer(Preamble.BYTES);
      Preamble.put(preamble, settings.versions().range());
      connection.output().raw(preamble.flip());
      VersionRange theirs =
          Preamble.read(connection.name(), connection.input().raw(Preamble.BYTES));
      int version = settings.versions().choose(connection.name(), theirs);
      spoken = true;
      Hello hello = hello(connection);
      Peer peer = identify(caller, hello);
      Abilities own = caller.carrier().abilities(settings.abilities());
      Agreement agreement = settings.versions().agree(version, hello, own, true);
      Guest guest = new Guest(connection, hello, peer, agreement, welcomed);
      if (Sessions.joins(hello.link())) {
        join(guest, deadline);
      } else {
        begin(guest, deadline);
      }
    } catch (IOException e) {
      if (spoken) {
        connection.sayAndShutdown(welcomed.get() ? 0 : HELLO, told(e));
        connection.drain();
      }
      throw e;
    }
  }

  /**
   * Who comes.
   *
   * @param welcomed HELLO has its answer: from then on an error is the link's end
   */
  private record Guest(
      Connection connection, Hello hello, Peer peer, Agreement agreement, AtomicBoolean welcomed) {}

  private static Message.Failure told(IOException why) {
    return why instanceof BadInputException
        ? Failures.of(ErrorCode.CANNOT_BE, String.valueOf(why.getMessage()))
        : Failures.of(why);
  }

  private static Hello hello(Connection connection) throws IOException {
    FrameHeader header = connection.input().next();
    if (header.type() != FrameType.HELLO || header.request() != HELLO) {
      throw new BadInputException(
          "expected HELLO with request 1, found %s with %s"
              .formatted(header.type(), Integer.toUnsignedString(header.request())));
    }
    return (Hello) MessageReader.read(header.type(), connection.input().payload());
  }

  private Peer identify(Caller caller, Hello hello) throws IOException {
    Peer peer = caller.known();
    if (hello.token().isPresent()) {
      peer = PeerNames.named(peer, proved(caller, hello.token().get()));
    }
    if (hello.role() == Role.ADMIN && peer.standing() != Peer.Standing.OWN) {
      throw noRight("role admin", "the server's own user over a Unix socket", peer.toString());
    }
    return peer;
  }

  private String proved(Caller caller, Hello.Token token) throws IOException {
    Optional<byte[]> exported = caller.exported(token.name());
    if (exported.isEmpty()) {
      throw noRight("a token", "TLS", "a plain connection");
    }
    Optional<byte[]> known = settings.tokens().flatMap(tokens -> tokens.of(token.name()));
    // Who has no token is compared with one, too: the time must not tell which names there are.
    boolean holds = TokenProof.holds(token.proof(), known.orElse(new byte[32]), exported.get());
    if (!holds || known.isEmpty()) {
      throw noRight("a token", "that of " + token.name(), "another");
    }
    return token.name();
  }

  private static FailureException noRight(String what, String expected, String actual) {
    return new FailureException(
        new Message.Failure(ErrorCode.NO_RIGHT, what, expected, actual, ""));
  }

  private void begin(Guest guest, Deadline deadline) throws IOException {
    ServerSession session =
        new ServerSession(guest.peer, guest.hello, guest.agreement, guest.connection.name());
    ready.enter(guest.peer.key());
    boolean done = false;
    String token = "";
    try {
      session.serveBy(service.open(session));
      token = sessions.enter(session);
      welcome(guest, session, Optional.of(token), deadline);
      done = true;
    } finally {
      if (!done) {
        leave(guest, session, token);
      }
    }
  }

  private void join(Guest guest, Deadline deadline) throws IOException {
    ServerSession session = sessions.of(guest.hello.session().orElseThrow(), guest.peer);
    if (session.hello().role() != guest.hello.role()) {
      throw new BadInputException("HELLO: expected the role of the session, found another");
    }
    ready.enter(guest.peer.key());
    boolean done = false;
    try {
      welcome(guest, session, Optional.empty(), deadline);
      done = true;
    } finally {
      if (!done) {
        ready.leave(guest.peer.key());
      }
    }
  }

  private void welcome(
      Guest guest, ServerSession session, Optional<String> token, Deadline deadline)
      throws IOException {
    FramedLink link =
        new FramedLink(
            guest.connection, new FramedLink.Place(guest.hello.link(), guest.agreement, true));
    session.reserve(link);
    boolean done = false;
    try {
      Welcome welcome =
          new Welcome(
              token,
              guest
                  .connection
                  .carrier()
                  .abilities(settings.abilities())
                  .withStreams(guest.agreement.streams()));
      guest.connection.output().send(HELLO, welcome);
      guest.welcomed.set(true);
      deadline.met(guest.connection.name());
      // Not before: whoever has the link may use it, and nothing may go out in front of WELCOME.
      session.add(link);
      Requests requests = session.service().ready(link);
      done = true;
      link.start(
          requests,
          _ -> {
            session.remove(link);
            token.ifPresentOrElse(
                own -> leave(guest, session, own), () -> ready.leave(guest.peer.key()));
          });
    } finally {
      if (!done) {
        session.remove(link);
      }
    }
  }

  /** A session has ended, or has not begun. */
  private void leave(Guest guest, ServerSession session, String token) {
    sessions.leave(token);
    ready.leave(guest.peer.key());
    session.endService();
  }
}
