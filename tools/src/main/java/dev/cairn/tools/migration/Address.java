package dev.cairn.tools.migration;

import dev.cairn.tools.linux.TcpConnection;
import dev.cairn.tools.linux.UnixSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a destination listens, in QEMU's own words. Immutable. */
public sealed interface Address {
  /** How addresses are written. */
  String FORMS = "tcp:HOST:PORT or unix:PATH";

  /** Longest path of a Unix socket, bytes. */
  int MOST_PATH_BYTES = 107;

  /** A port of a host; the host may be in brackets. */
  record Tcp(String host, int port) implements Address {
    private static final Pattern FORM =
        Pattern.compile("tcp:(\\[[0-9a-fA-F:.%]+]|[^:\\[\\]]+):([0-9]{1,5})");

    private String bareHost() {
      return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    @Override
    public Optional<String> hostName() {
      return Optional.of(bareHost());
    }

    private InetAddress resolved() throws UnknownHostException {
      return InetAddress.getByName(bareHost());
    }

    /** Returns it with the host looked up. */
    public InetSocketAddress socketAddress() throws UnknownHostException {
      return new InetSocketAddress(resolved(), port);
    }

    @Override
    public boolean isLocal() throws IOException {
      return resolved().isLoopbackAddress();
    }

    @Override
    public Connection connect(Duration patience) throws IOException {
      return TcpConnection.connect(socketAddress(), patience);
    }

    @Override
    public String text() {
      return "tcp:" + host + ":" + port;
    }
  }

  /** The name of a socket. */
  record Unix(Path path) implements Address {
    @Override
    public Optional<String> hostName() {
      return Optional.empty();
    }

    @Override
    public boolean isLocal() {
      return true;
    }

    @Override
    public Connection connect(Duration patience) throws IOException {
      return UnixSocket.connect(path, patience);
    }

    @Override
    public String text() {
      return "unix:" + path;
    }
  }

  /** Understands an address, or does not. */
  static Optional<Address> parse(String text) {
    if (text.startsWith("unix:") && text.length() > "unix:".length()) {
      Path path = Path.of(text.substring("unix:".length()));
      return path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length
              <= MOST_PATH_BYTES
          ? Optional.of(new Unix(path))
          : Optional.empty();
    }
    Matcher tcp = Tcp.FORM.matcher(text);
    if (!tcp.matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(tcp.group(2));
    return port > 0 && port < 65_536 ? Optional.of(new Tcp(tcp.group(1), port)) : Optional.empty();
  }

  /** Returns the host as it is called here, without brackets; a Unix socket has none. */
  Optional<String> hostName();

  /** Tells whether nothing leaves this machine. */
  boolean isLocal() throws IOException;

  /** Connects. */
  Connection connect(Duration patience) throws IOException;

  /** Returns it as QEMU and people write it. */
  String text();
}
