package dev.cairn.transport.link;

import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.peer.PeerNames;
import dev.cairn.transport.tls.ClientCertificate;
import dev.cairn.transport.tls.SecureChannel;
import dev.cairn.transport.tls.TlsCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;

/** Accepts connections at one endpoint; each shakes hands in a thread of its own. Thread-safe. */
final class SocketListener implements Listener {
  /** How long accepting rests when the machine has no room: descriptors, memory. */
  private static final long REST_MILLIS = 100;

  /**
   * How callers are looked at.
   *
   * @param hasTokens whether a client may go without a certificate
   */
  record Entry(LinkSettings links, Greeter greeter, HalfOpen halfOpen, boolean hasTokens) {}

  private final Entry entry;
  private final ServerSocketChannel channel;
  private final Endpoint endpoint;
  private final LinkServer.Security security;
  private final CountDownLatch closed = new CountDownLatch(1);

  SocketListener(
      Entry entry, ServerSocketChannel channel, Endpoint asked, LinkServer.Security security)
      throws IOException {
    this.entry = entry;
    this.channel = channel;
    this.security = security;
    endpoint =
        switch (asked) {
          case Endpoint.Unix unix -> unix;
          case Endpoint.Rdma rdma -> throw new IllegalArgumentException(rdma + " is no socket");
          case Endpoint.Internet internet ->
              new Endpoint.Internet(
                  internet.tls(),
                  internet.host(),
                  ((InetSocketAddress) channel.getLocalAddress()).getPort());
        };
  }

  void start() {
    var _ = entry.links.help("cairn-listen", this::accept);
  }

  private void accept() {
    try {
      while (true) {
        try {
          SocketChannel caller = channel.accept();
          var _ = entry.links.help("cairn-handshake", () -> receive(caller));
        } catch (ClosedChannelException e) {
          return;
        } catch (IOException e) {
          entry.links.events().refused(endpoint.toString(), e);
          if (closed.await(REST_MILLIS, TimeUnit.MILLISECONDS)) {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void receive(SocketChannel caller) {
    SocketCarrier carrier = new SocketCarrier(caller, endpoint.toString());
    boolean done = false;
    try (Deadline deadline = new Deadline(entry.links, carrier::shutdown)) {
      try {
        carrier.connected();
        Peer peer = peer(caller);
        carrier = new SocketCarrier(caller, endpoint + " from " + peer.address());
        entry.halfOpen.enter(carrier, peer.address());
        entry.greeter.receive(secured(carrier, peer, deadline), deadline);
        done = true;
      } catch (IOException e) {
        entry.links.events().refused(carrier.name(), deadline.explained(carrier.name(), e));
      }
    } finally {
      entry.halfOpen.leave(carrier);
      if (!done) {
        carrier.shutdown();
      }
    }
  }

  private Peer peer(SocketChannel caller) throws IOException {
    return switch (endpoint) {
      case Endpoint.Rdma _ -> throw new ClosedChannelException();
      case Endpoint.Unix _ ->
          PeerNames.ofUser(caller.getOption(ExtendedSocketOptions.SO_PEERCRED).user());
      case Endpoint.Internet internet -> {
        if (!(caller.getRemoteAddress() instanceof InetSocketAddress remote)) {
          throw new ClosedChannelException();
        }
        InetAddress address = remote.getAddress();
        yield PeerNames.ofAddress(address, security.insecure() && !internet.tls());
      }
    };
  }

  private Caller secured(SocketCarrier plain, Peer peer, Deadline deadline) throws IOException {
    if (!(endpoint instanceof Endpoint.Internet internet) || !internet.tls()) {
      return new Caller(plain, peer, Optional.empty());
    }
    TlsCredentials credentials = security.credentials().orElseThrow();
    SecureChannel secure =
        SecureChannel.server(plain, credentials, asked(credentials), deadline.left());
    Peer known = secure.peerName().map(name -> PeerNames.named(peer, name)).orElse(peer);
    return new Caller(new TlsCarrier(secure, plain.name()), known, Optional.of(secure));
  }

  /** Who has a token needs no certificate; and none is asked for that could not be checked. */
  private ClientCertificate asked(TlsCredentials credentials) {
    if (!credentials.hasAuthority()) {
      return ClientCertificate.NONE;
    }
    return entry.hasTokens ? ClientCertificate.WANTED : ClientCertificate.REQUIRED;
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      channel.close();
      if (endpoint instanceof Endpoint.Unix unix) {
        Files.deleteIfExists(unix.path());
      }
    } catch (IOException e) {
      entry.links.events().refused(endpoint.toString(), e);
    }
  }
}
