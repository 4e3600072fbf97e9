package dev.cairn.transport.link;

import dev.cairn.store.BusyException;
import dev.cairn.transport.peer.Peer;
import dev.cairn.transport.peer.PeerNames;
import dev.cairn.transport.rdma.RdmaAcceptor;
import dev.cairn.transport.rdma.RdmaStream;
import dev.cairn.transport.verbs.RdmaLibrary;
import dev.cairn.transport.verbs.VerbsException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Accepts connections over RDMA at one endpoint. Thread-safe. */
final class RdmaListener implements Listener {
  private final RdmaAcceptor acceptor;
  private final Endpoint.Rdma endpoint;

  private RdmaListener(RdmaAcceptor acceptor, Endpoint.Rdma endpoint) {
    this.acceptor = acceptor;
    this.endpoint = endpoint;
  }

  static Listener listen(SocketListener.Entry entry, Endpoint.Rdma asked, boolean insecure)
      throws IOException {
    InetSocketAddress address = Sockets.address(asked.host(), asked.port());
    Sockets.requireGuarded(asked, address.getAddress(), insecure);
    Callers callers = new Callers(entry, asked, insecure);
    try {
      RdmaLibrary library = RdmaLibrary.open(entry.links().rdmaProvider());
      RdmaAcceptor acceptor = RdmaAcceptor.listen(library, asked.toString(), address, callers);
      return new RdmaListener(
          acceptor, new Endpoint.Rdma(asked.host(), acceptor.address().getPort()));
    } catch (VerbsException e) {
      String why = asked + ": cannot be listened at: " + e.getMessage();
      if (e.isAddressInUse()) {
        throw new BusyException(why + "; give another port, or end who has it");
      }
      throw new IOException(why, e);
    }
  }

  private record Callers(SocketListener.Entry entry, Endpoint.Rdma endpoint, boolean insecure)
      implements RdmaAcceptor.Callers {
    @Override
    public void called(RdmaStream stream, InetSocketAddress from) {
      Peer peer = PeerNames.ofAddress(from.getAddress(), insecure);
      RdmaCarrier carrier = new RdmaCarrier(stream, endpoint + " from " + peer.address());
      var _ = entry.links().help("cairn-handshake", () -> receive(carrier, peer));
    }

    private void receive(RdmaCarrier carrier, Peer peer) {
      boolean done = false;
      try (Deadline deadline = new Deadline(entry.links(), carrier::shutdown)) {
        try {
          entry.halfOpen().enter(carrier, peer.address());
          entry.greeter().receive(new Caller(carrier, peer, Optional.empty()), deadline);
          done = true;
        } catch (IOException e) {
          entry.links().events().refused(carrier.name(), deadline.explained(carrier.name(), e));
        }
      } finally {
        entry.halfOpen().leave(carrier);
        if (!done) {
          carrier.shutdown();
        }
      }
    }

    @Override
    public void refused(IOException why) {
      entry.links().events().refused(endpoint.toString(), why);
    }
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    acceptor.close();
  }
}
