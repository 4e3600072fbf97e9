package dev.cairn.transport.link;

import dev.cairn.store.BusyException;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens sockets by endpoint. Stateless. */
final class Sockets {
  private static final int BACKLOG = 1024;

  private Sockets() {}

  /**
   * Connects a channel; who shuts it down meanwhile ends that.
   *
   * @param channel that {@link #open} made
   */
  static void connect(SocketChannel channel, Endpoint endpoint, Deadline deadline)
      throws IOException {
    try {
      switch (endpoint) {
        case Endpoint.Unix unix -> channel.connect(UnixDomainSocketAddress.of(unix.path()));
        case Endpoint.Internet internet ->
            channel
                .socket()
                .connect(
                    address(internet.host(), internet.port()),
                    Math.toIntExact(deadline.left().toMillis()));
        case Endpoint.Rdma rdma -> throw noSocket(rdma);
      }
    } catch (IOException e) {
      throw deadline.explained(
          endpoint.toString(),
          new IOException(endpoint + ": cannot be connected to: " + e.getMessage(), e));
    }
  }

  static SocketChannel open(Endpoint endpoint) throws IOException {
    return switch (endpoint) {
      case Endpoint.Unix _ -> SocketChannel.open(StandardProtocolFamily.UNIX);
      case Endpoint.Internet _ -> SocketChannel.open();
      case Endpoint.Rdma rdma -> throw noSocket(rdma);
    };
  }

  private static IllegalArgumentException noSocket(Endpoint.Rdma rdma) {
    return new IllegalArgumentException(rdma + " is no socket");
  }

  static InetSocketAddress address(String host, int port) throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new UnknownHostException(host + " is no host that is known");
    }
    return address;
  }

  /** Listens. */
  static ServerSocketChannel listen(Endpoint endpoint, boolean insecure) throws IOException {
    return switch (endpoint) {
      case Endpoint.Unix unix -> listenAt(unix.path());
      case Endpoint.Rdma rdma -> throw noSocket(rdma);
      case Endpoint.Internet internet -> {
        InetSocketAddress address = address(internet.host(), internet.port());
        requireGuarded(internet, address.getAddress(), insecure);
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
          yield channel.bind(address, BACKLOG);
        } catch (BindException e) {
          channel.close();
          throw new BusyException(
              "%s: cannot be listened at: %s; give another port, or end who has it"
                  .formatted(endpoint, e.getMessage()));
        }
      }
    };
  }

  static void requireGuarded(Endpoint endpoint, InetAddress address, boolean insecure)
      throws RefusedException {
    boolean tls = endpoint instanceof Endpoint.Internet internet && internet.tls();
    if (!tls && !address.isLoopbackAddress() && !insecure) {
      throw new RefusedException(
          endpoint
              + ": expected TLS or a loopback address, found neither: whoever is on the way could"
              + " read guest memory, and change it; use tls:, or --insecure if nobody is");
    }
  }

  /** Listens at a path; what a server that is dead has left there goes. */
  private static ServerSocketChannel listenAt(Path path) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    boolean done = false;
    try {
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
      try {
        channel.bind(address, BACKLOG);
      } catch (BindException e) {
        requireDead(path, e);
        Files.deleteIfExists(path);
        channel.bind(address, BACKLOG);
      }
      done = true;
      return channel;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  private static void requireDead(Path path, BindException why) throws IOException {
    boolean isSocket =
        Files.exists(path)
            && Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class)
                .isOther();
    if (!isSocket) {
      throw new IOException("unix:" + path + ": cannot be listened at: " + why.getMessage(), why);
    }
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new BusyException(
          "unix:" + path + ": somebody listens there already; end it, or give" + " another path");
    } catch (ConnectException _) {
      // Nobody listens there any more.
    }
  }
}
