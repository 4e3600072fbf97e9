package dev.cairn.transport.link;

import java.nio.file.Path;

/** Reads the URIs of endpoints. Stateless. */
final class EndpointText {
  private static final String EXPECTED =
      ": expected tcp:HOST:PORT, tcp:[ADDRESS]:PORT, tls:HOST:PORT, rdma:HOST:PORT or unix:PATH";

  private EndpointText() {}

  static Endpoint parse(String uri) {
    if (uri.startsWith("unix:") && uri.length() > 5 && uri.indexOf('\0') < 0) {
      return new Endpoint.Unix(Path.of(uri.substring(5)));
    }
    if (uri.startsWith("tcp:") || uri.startsWith("tls:") || uri.startsWith("rdma:")) {
      return internet(uri);
    }
    throw new IllegalArgumentException(uri + EXPECTED);
  }

  private static Endpoint internet(String uri) {
    String rest = uri.substring(uri.indexOf(':') + 1);
    int colon = rest.lastIndexOf(':');
    String host = colon < 0 ? "" : rest.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed) {
      host = host.substring(1, host.length() - 1);
    }
    boolean sound =
        bracketed == host.contains(":")
            && host.chars()
                .noneMatch(c -> c <= ' ' || c == '/' || c == '@' || c == '[' || c == ']');
    if (!sound || host.isEmpty()) {
      throw new IllegalArgumentException(uri + EXPECTED);
    }
    int port = port(uri, rest.substring(colon + 1));
    return uri.startsWith("rdma:")
        ? new Endpoint.Rdma(host, port)
        : new Endpoint.Internet(uri.startsWith("tls:"), host, port);
  }

  private static int port(String uri, String text) {
    boolean digits =
        !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!digits || Integer.parseInt(text) > 65_535) {
      throw new IllegalArgumentException(uri + ": expected a port from 0 to 65535, found " + text);
    }
    return Integer.parseInt(text);
  }
}
