package dev.cairn.tools.linux;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Owns a listening TCP socket. Thread-safe. */
public final class TcpListener implements Closeable {
  private static final int BACKLOG = 1;
  private static final long MOST_ADDRESS_BYTES = 28;

  private final StreamSocket socket;

  private TcpListener(StreamSocket socket) {
    this.socket = socket;
  }

  /**
   * Listens.
   *
   * @param address resolved; port 0 is any that is free
   */
  public static TcpListener listen(InetSocketAddress address) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment own = SocketAddresses.of(address, arena);
      int family = SocketAddresses.family(address);
      int fd =
          (int) LinuxException.check("socket", SocketCalls.socket(family, LinuxCalls.O_NONBLOCK));
      TcpListener listener = new TcpListener(new StreamSocket(fd, TcpConnection.name(address)));
      boolean done = false;
      try {
        listener.begin(own, arena);
        done = true;
        return listener;
      } finally {
        if (!done) {
          listener.close();
        }
      }
    }
  }

  private void begin(MemorySegment address, Arena arena) throws IOException {
    String call = socket.name() + ": ";
    MemorySegment on = arena.allocateFrom(ValueLayout.JAVA_INT, 1);
    socket.use(
        fd -> SocketCalls.setOption(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_REUSEADDR, on));
    LinuxException.check(call + "bind", socket.use(fd -> SocketCalls.bind(fd, address)));
    LinuxException.check(call + "listen", socket.use(fd -> SocketCalls.listen(fd, BACKLOG)));
  }

  /** Returns the port that it listens at. */
  public int port() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(MOST_ADDRESS_BYTES, 8);
      int result = socket.use(fd -> SocketCalls.ownAddress(fd, address));
      LinuxException.check(socket.name() + ": getsockname", result);
      return SocketAddresses.port(address);
    }
  }

  /**
   * Waits for a peer.
   *
   * @throws java.net.SocketTimeoutException if none comes in time
   */
  public TcpConnection accept(Duration patience) throws IOException {
    return new TcpConnection(socket.accept("peer of " + socket.name(), patience));
  }

  @Override
  public void close() {
    socket.close();
  }
}
