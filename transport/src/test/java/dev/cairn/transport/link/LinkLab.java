package dev.cairn.transport.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.cairn.store.Id;
import dev.cairn.transport.rdma.RdmaAcceptor;
import dev.cairn.transport.rdma.RdmaLab;
import dev.cairn.transport.tls.SecureChannel;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.VersionRange;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A server at one endpoint, and clients of it, sound ones and others. Thread-safe but for its end.
 */
final class LinkLab implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * Where a server listens, and how clients come there.
   *
   * @param endpoint with port 0
   */
  record Ground(
      Endpoint endpoint,
      LinkServer.Security security,
      Optional<ClientSettings.Tls> tls,
      Optional<dev.cairn.transport.peer.PeerTokens> tokens) {
    static Ground plain(String endpoint) {
      return new Ground(
          Endpoint.parse(endpoint),
          new LinkServer.Security(Optional.empty(), false),
          Optional.empty(),
          Optional.empty());
    }
  }

  /** What happened, in words. */
  final BlockingQueue<String> events = new LinkedBlockingQueue<>();

  /** Links as the server has them. */
  final BlockingQueue<Link> links = new LinkedBlockingQueue<>();

  final BlockingQueue<Session> sessions = new LinkedBlockingQueue<>();
  final LinkServer server;
  final Listener listener;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Ground ground;
  private final List<java.io.Closeable> opened = new ArrayList<>();
  private final LinkSettings settings;

  LinkLab(Ground ground, LinkSettings.Periods periods, Function<Link, Requests> requests)
      throws IOException {
    this(ground, periods, Versions.known(), ServerSettings.Limits.STANDARD, requests);
  }

  LinkLab(
      Ground ground,
      LinkSettings.Periods periods,
      Versions versions,
      ServerSettings.Limits limits,
      Function<Link, Requests> requests)
      throws IOException {
    this.ground = ground;
    settings =
        new LinkSettings(
            System::nanoTime,
            timer,
            Thread.ofVirtual().factory(),
            Thread.ofVirtual().factory(),
            RdmaLab.provider(),
            periods,
            new Log());
    server =
        new LinkServer(
            settings,
            new ServerSettings(abilities(), versions, ground.tokens, limits, new SecureRandom()),
            session -> {
              sessions.add(session);
              return new Service.SessionService() {
                @Override
                public Requests ready(Link link) {
                  links.add(link);
                  return requests.apply(link);
                }

                @Override
                public void ended() {
                  events.add("ended");
                }
              };
            });
    listener = server.listen(ground.endpoint, ground.security);
  }

  private final class Log implements LinkEvents {
    @Override
    public void fault(String link, IOException why) {
      events.add("fault " + why.getMessage());
    }

    @Override
    public void refused(String peer, IOException why) {
      events.add("refused " + why.getMessage());
    }

    @Override
    public void lost(String link, LinkLostException why) {
      events.add("lost " + why.getMessage());
    }
  }

  static Abilities abilities() {
    return new Abilities(
        new VersionRange(1, 1),
        new VersionRange(1, 1),
        new TreeSet<>(Set.of(4096)),
        new TreeSet<>(Set.of("plain")),
        2,
        64,
        new TreeSet<>(),
        "test");
  }

  LinkSettings settings() {
    return settings;
  }

  ClientSettings client() {
    return new ClientSettings(abilities(), Versions.known(), ground.tls);
  }

  /** Opens the links of a client. */
  Client open(Role role, Function<Link, Requests> requests) throws IOException {
    return open(role, client(), requests);
  }

  Client open(Role role, ClientSettings client, Function<Link, Requests> requests)
      throws IOException {
    Client opening = new Client(requests);
    opening.group = LinkGroup.open(listener.endpoint(), role, settings, client, opening);
    synchronized (opened) {
      opened.add(opening.group());
    }
    return opening;
  }

  /** A sound client. */
  static final class Client implements LinkGroup.Events {
    final BlockingQueue<Link> links = new LinkedBlockingQueue<>();
    final BlockingQueue<LinkLostException> losses = new LinkedBlockingQueue<>();
    private final Function<Link, Requests> requests;
    private @Nullable LinkGroup group;

    Client(Function<Link, Requests> requests) {
      this.requests = requests;
    }

    LinkGroup group() {
      LinkGroup own = group;
      if (own == null) {
        throw new IllegalStateException("not open");
      }
      return own;
    }

    /** Waits for the next link of a kind. */
    Link link(LinkKind kind) throws InterruptedException {
      return next(links, kind);
    }

    @Override
    public Requests ready(Link link) {
      links.add(link);
      return requests.apply(link);
    }

    @Override
    public void lost(LinkLostException why) {
      losses.add(why);
    }
  }

  /** Waits for the next link of a kind at the server. */
  Link serverLink(LinkKind kind) throws InterruptedException {
    return next(links, kind);
  }

  /** Waits for one of a kind; the others stay. */
  private static Link next(BlockingQueue<Link> links, LinkKind kind) throws InterruptedException {
    List<Link> others = new ArrayList<>();
    while (true) {
      Link link = take(links);
      if (link.kind() == kind) {
        links.addAll(others);
        return link;
      }
      others.add(link);
    }
  }

  static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    if (next == null) {
      throw new AssertionError("nothing came");
    }
    return next;
  }

  /** Waits until something holds. */
  static void awaitTrue(java.util.function.BooleanSupplier holds) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never");
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** Waits for an event with such words. */
  String event(String words) throws InterruptedException {
    while (true) {
      String event = take(events);
      if (event.contains(words)) {
        return event;
      }
    }
  }

  /** A client that says by hand what it says. */
  record Raw(Connection connection, String session) implements AutoCloseable {
    @Override
    public void close() {
      connection.shutdown();
    }

    /** Waits for ERROR 2 with request 0, and for the end behind it. */
    void awaitFault() throws IOException {
      Message.Failure failure = awaitError(0);
      assertEquals(2, failure.code().number());
    }

    Message.Failure awaitError(int request) throws IOException {
      while (true) {
        var header = connection.input().next();
        Message message =
            dev.cairn.transport.wire.MessageReader.read(
                header.type(), connection.input().payload());
        if (message instanceof Message.Ping ping) {
          connection.output().send(header.request(), new Message.Pong(ping.value()));
        } else {
          assertEquals(request, header.request());
          return assertInstanceOf(Message.Failure.class, message);
        }
      }
    }
  }

  /** Connects as far as a client is before its preamble. */
  Connection connect() throws IOException {
    if (listener.endpoint() instanceof Endpoint.Rdma rdma) {
      InetSocketAddress to = Sockets.address(rdma.host(), rdma.port());
      Carrier carrier = new RdmaCarrier(RdmaAcceptor.connect(RdmaLab.library(), "raw", to), "raw");
      synchronized (opened) {
        opened.add(carrier::shutdown);
      }
      return Connection.over(carrier, settings);
    }
    SocketChannel channel = Sockets.open(listener.endpoint());
    SocketCarrier plain = new SocketCarrier(channel, "raw");
    synchronized (opened) {
      opened.add(plain::shutdown);
    }
    try (Deadline deadline = new Deadline(settings, plain::shutdown)) {
      Sockets.connect(channel, listener.endpoint(), deadline);
    }
    plain.connected();
    Carrier carrier = plain;
    if (ground.tls.isPresent()) {
      SecureChannel secure =
          SecureChannel.client(plain, ground.tls.get().credentials(), "localhost", PATIENCE);
      carrier = new TlsCarrier(secure, "raw");
    }
    return Connection.over(carrier, settings);
  }

  /** Shakes hands by hand. */
  Raw raw(Role role, LinkKind kind, Optional<String> session) throws IOException {
    Connection connection = connect();
    Optional<Hello.Token> token = Optional.empty();
    if (ground.tls.isPresent() && ground.tls.get().token().isPresent()) {
      token =
          Optional.of(ClientHandshake.proof(connection.carrier(), ground.tls.get().token().get()));
    }
    ClientHandshake.Ready ready =
        new ClientHandshake(listener.endpoint(), settings, client())
            .greet(connection, new Hello(role, kind, session, abilities(), token));
    return new Raw(connection, ready.session().orElse(""));
  }

  /** Answers nothing. */
  static class Silent implements Requests {
    @Override
    public void fetch(int request, long file, long offset, int length) throws IOException {}

    @Override
    public void pages(int request, Id checkpoint, int block, long page, int count)
        throws IOException {}

    @Override
    public void other(int request, Message message) throws IOException {}
  }

  @Override
  public void close() throws IOException {
    synchronized (opened) {
      for (java.io.Closeable each : opened) {
        each.close();
      }
    }
    server.close();
    timer.shutdown();
  }
}
