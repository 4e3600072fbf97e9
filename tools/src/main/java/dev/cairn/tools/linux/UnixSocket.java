package dev.cairn.tools.linux;

import dev.cairn.tools.migration.Connection;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A connected Unix stream socket, which can pass descriptors. Thread-safe as {@link Connection}
 * says; memory is native. A descriptor is closed on exec, so that no child inherits one.
 */
public final class UnixSocket implements Connection {
  private static final int MOST_DESCRIPTORS = 16;

  private final StreamSocket socket;

  UnixSocket(StreamSocket socket) {
    this.socket = socket;
  }

  /**
   * Makes two that are each other's peer.
   *
   * @param name of both, for errors
   */
  public static List<UnixSocket> pair(String name) throws IOException {
    int[] numbers = new int[2];
    LinuxException.check("socketpair", SocketCalls.socketpair(numbers));
    return List.of(adopt(numbers[0], name), adopt(numbers[1], name));
  }

  /** Connects to a path; if that fails nothing is left open. */
  public static UnixSocket connect(Path path, Duration patience) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = SocketAddresses.of(path, arena);
      int fd = (int) LinuxException.check("socket", SocketCalls.socket(SocketCalls.AF_UNIX, 0));
      return new UnixSocket(StreamSocket.connect(fd, "unix:" + path, address, patience));
    }
  }

  /**
   * Takes over a descriptor that was received, or inherited.
   *
   * @param number of a connected Unix stream socket; closed by this from now on
   */
  public static UnixSocket adopt(int number, String name) {
    return new UnixSocket(new StreamSocket(number, name));
  }

  /** Returns another descriptor of the same socket; each is closed by itself. */
  public UnixSocket duplicate() throws IOException {
    return new UnixSocket(socket.duplicate());
  }

  /**
   * Returns the descriptor's number, to pass it to another process; it is free for others to use
   * when this is closed.
   */
  public int number() {
    return socket.number();
  }

  /** Returns the process that made the other end: who connected, or who listened. */
  public long peerPid() throws IOException {
    return credential(0);
  }

  /** Returns the user of that process, at that time. */
  public int peerUser() throws IOException {
    return credential(4);
  }

  private int credential(long offset) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment credentials = arena.allocate(12, 4);
      int result =
          socket.use(
              fd ->
                  SocketCalls.option(
                      fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_PEERCRED, credentials));
      LinuxException.check("SO_PEERCRED", result);
      return credentials.get(ValueLayout.JAVA_INT, offset);
    }
  }

  @Override
  public boolean awaitInput(Duration most) throws IOException {
    return socket.await(SocketCalls.POLLIN, most);
  }

  @Override
  public int read(MemorySegment into) throws IOException {
    return socket.read(into);
  }

  @Override
  public void write(MemorySegment from) throws IOException {
    socket.write(from, null);
  }

  /**
   * The same, for a limited time.
   *
   * @throws java.net.SocketTimeoutException if the time is over; some bytes may have been written
   */
  public void write(MemorySegment from, Duration most) throws IOException {
    socket.write(from, most);
  }

  /**
   * Writes bytes with descriptors beside the first of them.
   *
   * @param from at least one byte
   * @param descriptors stay the caller's
   */
  public void sendDescriptors(MemorySegment from, Duration most, int... descriptors)
      throws IOException {
    if (from.byteSize() == 0 || descriptors.length == 0 || descriptors.length > MOST_DESCRIPTORS) {
      throw new IllegalArgumentException(
          from.byteSize() + " bytes, " + descriptors.length + " descriptors");
    }
    socket.writeWith(from, descriptors, most);
  }

  /**
   * What {@link #receiveDescriptors} has read.
   *
   * @param bytes how many, or -1 if the peer has ended its side
   * @param descriptors new ones of this process, the caller's to close
   */
  public record Received(int bytes, List<Integer> descriptors) {
    public Received {
      descriptors = List.copyOf(descriptors);
    }
  }

  /**
   * Reads what is there, as {@link #read}, and the descriptors beside it.
   *
   * @param mostDescriptors more of them are an error, and all are closed
   */
  public Received receiveDescriptors(MemorySegment into, int mostDescriptors, Duration most)
      throws IOException {
    return receive(into, mostDescriptors, most, false);
  }

  /**
   * Reads as {@link #receiveDescriptors} and leaves all of it there, for whoever else has this
   * socket; the descriptors are new ones at each call.
   */
  public Received peekDescriptors(MemorySegment into, int mostDescriptors, Duration most)
      throws IOException {
    return receive(into, mostDescriptors, most, true);
  }

  private Received receive(MemorySegment into, int mostDescriptors, Duration most, boolean peek)
      throws IOException {
    if (mostDescriptors < 1 || mostDescriptors > MOST_DESCRIPTORS) {
      throw new IllegalArgumentException(mostDescriptors + " descriptors");
    }
    SocketCalls.Received got = socket.readWith(into, mostDescriptors, most, peek);
    if (got.cut()) {
      for (int descriptor : got.descriptors()) {
        LinuxCalls.close(descriptor);
      }
      throw new IOException(
          name() + ": descriptors: expected at most " + mostDescriptors + ", found more");
    }
    int bytes = got.result() == 0 ? -1 : (int) got.result();
    return new Received(bytes, got.descriptors());
  }

  /**
   * Returns how many bytes the peer has not yet taken, with what the kernel needs to keep them: no
   * fewer than they are, up to some thousand more for each write.
   */
  @Override
  public long unsentBytes() throws IOException {
    return socket.unsentBytes();
  }

  /** The kernel takes twice as much, to have room for what it needs itself. */
  @Override
  public void limitUnsent(int bytes) throws IOException {
    socket.setOption("SO_SNDBUF", SocketCalls.SOL_SOCKET, SocketCalls.SO_SNDBUF, bytes / 2);
  }

  /** What is sent counts as the sender's until it is read. */
  @Override
  public boolean hidesUnread() {
    return false;
  }

  @Override
  public void shutdown() {
    socket.shutdown();
  }

  @Override
  public String name() {
    return socket.name();
  }

  /** Closes this descriptor; copies in other hands keep the connection, unless a thread waits. */
  @Override
  public void close() {
    socket.close();
  }
}
