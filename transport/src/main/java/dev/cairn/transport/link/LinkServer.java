package dev.cairn.transport.link;

import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.wire.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Lets links in, at any number of endpoints, and keeps the sessions. Thread-safe. */
public final class LinkServer implements Closeable {
  private final SocketListener.Entry entry;
  private final Greeter greeter;
  private final HalfOpen halfOpen;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /**
   * Makes a server that listens nowhere yet.
   *
   * @param service what it serves
   */
  public LinkServer(LinkSettings links, ServerSettings settings, Service service) {
    greeter = new Greeter(links, settings, service);
    halfOpen = new HalfOpen(settings.limits().halfOpen());
    entry = new SocketListener.Entry(links, greeter, halfOpen, settings.tokens().isPresent());
  }

  /**
   * Listens at an endpoint.
   *
   * @param security how far it is guarded
   * @throws dev.cairn.store.RefusedException if it is neither loopback nor TLS nor said to be
   *     insecure
   * @throws dev.cairn.store.BusyException if somebody listens there
   * @throws IllegalArgumentException if it is TLS, and clients could show who they are neither by
   *     certificates nor by tokens
   */
  public Listener listen(Endpoint endpoint, Security security) throws IOException {
    boolean tls = endpoint instanceof Endpoint.Internet internet && internet.tls();
    if (tls && security.credentials().isEmpty()) {
      throw new IllegalArgumentException(endpoint + " without what TLS needs");
    }
    if (tls && !entry.hasTokens() && !security.credentials().get().hasAuthority()) {
      throw new IllegalArgumentException(endpoint + " without certificates and tokens of clients");
    }
    if (endpoint instanceof Endpoint.Rdma rdma) {
      Listener listener = RdmaListener.listen(entry, rdma, security.insecure());
      listeners.add(listener);
      return listener;
    }
    ServerSocketChannel channel = Sockets.listen(endpoint, security.insecure());
    SocketListener listener = new SocketListener(entry, channel, endpoint, security);
    listeners.add(listener);
    listener.start();
    return listener;
  }

  /**
   * How far an endpoint is guarded.
   *
   * @param credentials of an endpoint within TLS
   * @param insecure guest memory may be read on the way: there may be no TLS off loopback
   */
  public record Security(Optional<TlsCredentials> credentials, boolean insecure) {}

  /** Ends all listeners and sessions. Does not wait. */
  @Override
  public void close() {
    for (Listener listener : listeners) {
      listener.close();
    }
    halfOpen.shutdownAll();
    for (ServerSession session : greeter.sessions().all()) {
      session.end(Failures.of(ErrorCode.FAILED, "the server is being stopped"));
    }
  }
}
