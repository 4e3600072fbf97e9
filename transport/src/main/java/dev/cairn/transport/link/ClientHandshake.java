package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import dev.cairn.transport.peer.NamedToken;
import dev.cairn.transport.peer.TokenProof;
import dev.cairn.transport.rdma.RdmaAcceptor;
import dev.cairn.transport.tls.SecureChannel;
import dev.cairn.transport.verbs.RdmaLibrary;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageReader;
import dev.cairn.transport.wire.Preamble;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.VersionRange;
import dev.cairn.transport.wire.Welcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** Opens one link of a client: connects, and says HELLO. Immutable. */
record ClientHandshake(Endpoint endpoint, LinkSettings links, ClientSettings settings) {
  private static final int HELLO = 1;

  /**
   * A link that is READY but does not read yet.
   *
   * @param session by which others join it
   */
  record Ready(FramedLink link, Agreement agreement, Optional<String> session) {}

  /**
   * Opens a link.
   *
   * @param session that it joins, unless it is a control link
   */
  Ready open(Role role, LinkKind kind, Optional<String> session) throws IOException {
    if (endpoint instanceof Endpoint.Rdma rdma) {
      return open(rdma, new Wants(role, kind, session));
    }
    SocketChannel channel = Sockets.open(endpoint);
    SocketCarrier plain = new SocketCarrier(channel, endpoint.toString());
    boolean done = false;
    try (Deadline deadline = new Deadline(links, plain::shutdown)) {
      try {
        Sockets.connect(channel, endpoint, deadline);
        plain.connected();
        Ready ready = greet(plain, new Wants(role, kind, session), deadline);
        deadline.met(endpoint.toString());
        done = true;
        return ready;
      } catch (IOException e) {
        throw deadline.explained(endpoint.toString(), e);
      }
    } finally {
      if (!done) {
        plain.shutdown();
      }
    }
  }

  private Ready open(Endpoint.Rdma rdma, Wants wants) throws IOException {
    RdmaLibrary library = RdmaLibrary.open(links.rdmaProvider());
    InetSocketAddress to = Sockets.address(rdma.host(), rdma.port());
    RdmaCarrier carrier =
        new RdmaCarrier(RdmaAcceptor.connect(library, rdma.toString(), to), rdma.toString());
    boolean done = false;
    try (Deadline deadline = new Deadline(links, carrier::shutdown)) {
      try {
        Ready ready = greet(carrier, wants, deadline);
        deadline.met(rdma.toString());
        done = true;
        return ready;
      } catch (IOException e) {
        throw deadline.explained(rdma.toString(), e);
      }
    } finally {
      if (!done) {
        carrier.shutdown();
      }
    }
  }

  private record Wants(Role role, LinkKind kind, Optional<String> session) {}

  private Ready greet(Carrier plain, Wants wants, Deadline deadline) throws IOException {
    Carrier carrier = plain;
    Optional<Hello.Token> token = Optional.empty();
    if (endpoint instanceof Endpoint.Internet internet
        && internet.tls()
        && plain instanceof SocketCarrier wire) {
      ClientSettings.Tls tls = settings.tls().orElseThrow(this::noTls);
      SecureChannel secure =
          SecureChannel.client(
              wire, tls.credentials(), tls.hostname().orElse(internet.host()), deadline.left());
      carrier = new TlsCarrier(secure, endpoint.toString());
      if (tls.token().isPresent()) {
        token = Optional.of(proof(carrier, tls.token().get()));
      }
    }
    Abilities own = carrier.abilities(settings.abilities());
    Hello hello = new Hello(wants.role(), wants.kind(), wants.session(), own, token);
    return greet(Connection.over(carrier, links), hello);
  }

  private IllegalArgumentException noTls() {
    return new IllegalArgumentException(endpoint + " without what TLS needs");
  }

  /** Proves a token over the TLS session that a carrier has. */
  static Hello.Token proof(Carrier carrier, NamedToken token) throws IOException {
    if (!(carrier instanceof TlsCarrier tls)) {
      throw new IllegalArgumentException(carrier.name() + ": a token without TLS");
    }
    byte[] exported = Caller.exported(tls.channel(), token.name());
    return new Hello.Token(token.name(), TokenProof.of(token.token(), exported));
  }

  /** Says HELLO, and compares what the server answers. */
  Ready greet(Connection connection, Hello hello) throws IOException {
    ByteBuffer preamble = FrameHeader.buffer(Preamble.BYTES);
    Preamble.put(preamble, settings.versions().range());
    connection.output().greet(preamble.flip(), HELLO, hello);
    VersionRange theirs = Preamble.read(connection.name(), connection.input().raw(Preamble.BYTES));
    int version = settings.versions().choose(connection.name(), theirs);
    FrameHeader header = connection.input().next();
    if (header.type() == FrameType.ERROR) {
      throw refusal(
          connection.name(),
          (Message.Failure) MessageReader.read(header.type(), connection.input().payload()));
    }
    if (header.type() != FrameType.WELCOME || header.request() != HELLO) {
      throw new BadInputException(connection.name() + ": expected WELCOME, found " + header.type());
    }
    Welcome welcome = (Welcome) MessageReader.read(header.type(), connection.input().payload());
    if (welcome.session().isPresent() != (hello.link() == LinkKind.CONTROL)) {
      throw new BadInputException(
          connection.name() + ": WELCOME: expected a session of a control link alone");
    }
    Agreement agreement = settings.versions().agree(version, hello, welcome.abilities(), false);
    FramedLink link =
        new FramedLink(connection, new FramedLink.Place(hello.link(), agreement, false));
    return new Ready(link, agreement, welcome.session());
  }

  private static IOException refusal(String name, Message.Failure failure) {
    FailureException told = new FailureException(failure);
    if (failure.code() != ErrorCode.VERSION) {
      return told;
    }
    RefusedException refused = new RefusedException(name + ": " + told.getMessage());
    refused.initCause(told);
    return refused;
  }
}
