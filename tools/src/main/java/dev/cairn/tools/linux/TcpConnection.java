package dev.cairn.tools.linux;

import dev.cairn.tools.migration.Connection;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * A TCP connection. Thread-safe as {@link Connection} says; memory is native. Not a channel of the
 * JDK: that tells neither how much is unsent, nor does it wait for a limited time.
 */
public final class TcpConnection implements Connection {
  private final StreamSocket socket;

  /** Sends small messages at once: answers to page requests are waited for. */
  TcpConnection(StreamSocket socket) throws IOException {
    this.socket = socket;
    socket.setOption("TCP_NODELAY", SocketCalls.IPPROTO_TCP, SocketCalls.TCP_NODELAY, 1);
  }

  /**
   * Connects.
   *
   * @param address resolved
   */
  public static TcpConnection connect(InetSocketAddress address, Duration patience)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment destination = SocketAddresses.of(address, arena);
      int family = SocketAddresses.family(address);
      int fd = (int) LinuxException.check("socket", SocketCalls.socket(family, 0));
      return new TcpConnection(StreamSocket.connect(fd, name(address), destination, patience));
    }
  }

  /** Returns the descriptor's number, to pass it to another process. */
  public int number() {
    return socket.number();
  }

  static String name(InetSocketAddress address) {
    return "tcp:" + address.getHostString() + ":" + address.getPort();
  }

  @Override
  public boolean awaitInput(Duration most) throws IOException {
    return socket.await(SocketCalls.POLLIN, most);
  }

  /**
   * Reads, and has the kernel acknowledge at once. QEMU does not set TCP_NODELAY where it listens:
   * a request behind another message would wait there until that is acknowledged, which the kernel
   * puts off for 40 ms, and the guest waits as long. The option does not last: it is set anew.
   */
  @Override
  public int read(MemorySegment into) throws IOException {
    int count = socket.read(into);
    if (count > 0) {
      socket.setOption("TCP_QUICKACK", SocketCalls.IPPROTO_TCP, SocketCalls.TCP_QUICKACK, 1);
    }
    return count;
  }

  @Override
  public void write(MemorySegment from) throws IOException {
    socket.write(from, null);
  }

  /** Returns how many bytes the peer's kernel has not yet acknowledged. */
  @Override
  public long unsentBytes() throws IOException {
    return socket.unsentBytes();
  }

  /** What is on its way does not count: else a long way would be a slow one. */
  @Override
  public void limitUnsent(int bytes) throws IOException {
    socket.setOption(
        "TCP_NOTSENT_LOWAT", SocketCalls.IPPROTO_TCP, SocketCalls.TCP_NOTSENT_LOWAT, bytes);
  }

  @Override
  public void shutdown() {
    socket.shutdown();
  }

  @Override
  public String name() {
    return socket.name();
  }

  @Override
  public void close() {
    socket.close();
  }
}
