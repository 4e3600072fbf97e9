package dev.cairn.transport.link;

import dev.cairn.transport.tls.TlsCredentials;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** Lets links in, at any number of endpoints, and keeps the sessions. Thread-safe. */
public final class LinkServer implements Closeable {
  /**
   * Makes a server that listens nowhere yet.
   *
   * @param service what it serves
   */
  public LinkServer(LinkSettings links, ServerSettings settings, Service service) {}

  /**
   * Listens at an endpoint.
   *
   * @param security how far it is guarded
   * @throws dev.cairn.store.RefusedException if it is neither loopback nor TLS nor said to be
   *     insecure
   */
  public Listener listen(Endpoint endpoint, Security security) throws IOException {
    return Optional.<Listener>empty()
        .orElseThrow(() -> new UnsupportedOperationException("not built yet"));
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
  public void close() {}
}
