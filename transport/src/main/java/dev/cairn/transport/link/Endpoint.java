package dev.cairn.transport.link;

import java.nio.file.Path;

/**
 * Where a server listens. Immutable. {@code tcp:HOST:PORT}, {@code tcp:[V6]:PORT}, {@code
 * tls:HOST:PORT}, {@code rdma:HOST:PORT}, {@code unix:PATH}.
 */
public sealed interface Endpoint {
  /** TCP, within TLS or plain. */
  record Internet(boolean tls, String host, int port) implements Endpoint {
    public Internet {
      if (host.isEmpty() || port < 0 || port > 65_535) {
        throw new IllegalArgumentException("no host, or port " + port);
      }
    }

    @Override
    public String toString() {
      String shown = host.contains(":") ? "[" + host + "]" : host;
      return (tls ? "tls:" : "tcp:") + shown + ":" + port;
    }
  }

  /** RDMA; plain, as it has no TLS. */
  record Rdma(String host, int port) implements Endpoint {
    public Rdma {
      if (host.isEmpty() || port < 0 || port > 65_535) {
        throw new IllegalArgumentException("no host, or port " + port);
      }
    }

    @Override
    public String toString() {
      return "rdma:" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /** A Unix socket. */
  record Unix(Path path) implements Endpoint {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /**
   * Reads a URI.
   *
   * @throws IllegalArgumentException if it is none of these; says what was expected
   */
  static Endpoint parse(String uri) {
    return EndpointText.parse(uri);
  }
}
