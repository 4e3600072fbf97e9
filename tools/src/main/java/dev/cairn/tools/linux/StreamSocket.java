package dev.cairn.tools.linux;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Owns the descriptor of a connected or listening stream socket. Thread-safe: anyone may shut it
 * down or close it at any time, also while others wait in it. Its number is free only when nobody
 * uses it any more, so nobody reads from a stranger's file.
 *
 * <p>All calls that move bytes do not wait by themselves, whatever mode the socket is in (that is
 * shared with the processes that have a copy); waiting is done by poll, which a shutdown ends.
 */
final class StreamSocket implements Closeable {
  /** What to do while in use, so that the number stays ours. */
  @FunctionalInterface
  interface Use<T> {
    T with(int fd) throws IOException;
  }

  private final int fd;
  private final String name;

  // Both guarded by this.
  private int users;
  private boolean closed;

  /** Takes over a descriptor. */
  StreamSocket(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  String name() {
    return name;
  }

  /**
   * Connects a new socket; it is closed if that fails.
   *
   * @param fd unconnected, in blocking mode
   */
  static StreamSocket connect(int fd, String name, MemorySegment address, Duration patience)
      throws IOException {
    StreamSocket socket = new StreamSocket(fd, name);
    boolean done = false;
    try {
      socket.connect(address, patience);
      done = true;
      return socket;
    } finally {
      if (!done) {
        socket.close();
      }
    }
  }

  private void connect(MemorySegment address, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(16, 8);
      int result;
      do {
        // The kernel waits as long as that in connect: for room in a queue, or for the network.
        long left = Math.max(1_000, end - System.nanoTime());
        time.set(ValueLayout.JAVA_LONG, 0, left / 1_000_000_000);
        time.set(ValueLayout.JAVA_LONG, 8, left % 1_000_000_000 / 1_000);
        SocketCalls.setOption(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_SNDTIMEO, time);
        result = SocketCalls.connect(fd, address);
      } while (result == -LinuxCalls.EINTR && end - System.nanoTime() > 0);
      switch (-result) {
        case 0 -> {}
        case LinuxCalls.EAGAIN,
            LinuxCalls.EINTR,
            SocketCalls.EALREADY,
            SocketCalls.EINPROGRESS,
            SocketCalls.ETIMEDOUT ->
            throw new SocketTimeoutException(
                name + ": no connection within " + patience.toMillis() + " ms");
        case LinuxCalls.ENOENT, SocketCalls.ECONNREFUSED ->
            throw new ConnectException(name + ": nobody listens there");
        default -> throw new LinuxException(name + ": connect", -result);
      }
    }
  }

  /** Does something with the number, which is kept from being freed meanwhile. */
  <T> T use(Use<T> use) throws IOException {
    begin();
    try {
      return use.with(fd);
    } finally {
      end();
    }
  }

  private synchronized void begin() throws IOException {
    requireOpen();
    users++;
  }

  private synchronized void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(name + ": is closed");
    }
  }

  private synchronized void end() {
    users--;
    if (closed && users == 0) {
      LinuxCalls.close(fd);
    }
  }

  /** Waits for events; false if the time is over. */
  boolean await(int events, Duration most) throws IOException {
    return use(_ -> await(events, System.nanoTime() + most.toNanos(), true));
  }

  private boolean await(int events, long end, boolean bounded) throws IOException {
    while (true) {
      long left = end - System.nanoTime();
      int millis = bounded ? Math.clamp((left + 999_999) / 1_000_000, 0, 1 << 30) : -1;
      int ready = SocketCalls.poll(fd, events, millis);
      if (ready != -LinuxCalls.EINTR && LinuxException.check(name + ": poll", ready) != 0) {
        return true;
      }
      if (bounded && end - System.nanoTime() <= 0) {
        return false;
      }
    }
  }

  /** Reads what is there, at least one byte; -1 at the end. Waits without a bound. */
  int read(MemorySegment into) throws IOException {
    if (into.byteSize() == 0) {
      throw new IllegalArgumentException("no room to read into");
    }
    return use(
        number -> {
          while (true) {
            long got = SocketCalls.receive(number, into);
            if (got >= 0) {
              return got == 0 ? -1 : (int) got;
            }
            waitOrFail("read", got, SocketCalls.POLLIN, null);
          }
        });
  }

  /** Writes all; waits without a bound if there is no deadline. */
  void write(MemorySegment from, @Nullable Duration most) throws IOException {
    Long end = most == null ? null : Long.valueOf(System.nanoTime() + most.toNanos());
    use(
        number -> {
          write(number, from, end);
          return 0;
        });
  }

  private void write(int number, MemorySegment from, @Nullable Long end) throws IOException {
    for (long at = 0; at < from.byteSize(); ) {
      long sent = SocketCalls.send(number, from.asSlice(at));
      if (sent >= 0) {
        at += sent;
      } else {
        waitOrFail("write", sent, SocketCalls.POLLOUT, end);
      }
    }
  }

  /** Writes all, with descriptors beside the first byte. */
  void writeWith(MemorySegment from, int[] descriptors, Duration most) throws IOException {
    long end = System.nanoTime() + most.toNanos();
    use(
        number -> {
          long sent;
          while ((sent = SocketCalls.sendWith(number, from, descriptors)) < 0) {
            waitOrFail("write", sent, SocketCalls.POLLOUT, end);
          }
          write(number, from.asSlice(sent), end);
          return 0;
        });
  }

  /** Reads as {@link #read}, and the descriptors beside the bytes. */
  SocketCalls.Received readWith(
      MemorySegment into, int mostDescriptors, Duration most, boolean peek) throws IOException {
    long end = System.nanoTime() + most.toNanos();
    return use(
        number -> {
          while (true) {
            SocketCalls.Received got = SocketCalls.receiveWith(number, into, mostDescriptors, peek);
            if (got.result() >= 0) {
              return got;
            }
            waitOrFail("read", got.result(), SocketCalls.POLLIN, end);
          }
        });
  }

  /** Waits if that is what a negated errno asks for. */
  private void waitOrFail(String call, long error, int events, @Nullable Long end)
      throws IOException {
    switch ((int) -error) {
      case LinuxCalls.EINTR -> {}
      case LinuxCalls.EAGAIN -> {
        if (!await(events, end == null ? 0 : end, end != null)) {
          throw new SocketTimeoutException(name + ": " + call + " took too long");
        }
      }
      case SocketCalls.EPIPE, SocketCalls.ECONNRESET ->
          throw new IOException(name + ": the peer is gone");
      default -> throw new LinuxException(name + ": " + call, (int) -error);
    }
  }

  /** Waits for a peer of a listening socket. */
  StreamSocket accept(String peer, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    return use(
        number -> {
          while (true) {
            if (!await(SocketCalls.POLLIN, end, true)) {
              throw new SocketTimeoutException(
                  name + ": nobody connected within " + patience.toMillis() + " ms");
            }
            requireOpen(); // one that was shut has no peers, and is always ready
            // One that has gone meanwhile leaves nothing to accept: hence the mode.
            int accepted = SocketCalls.accept(number);
            if (accepted >= 0) {
              return new StreamSocket(accepted, peer);
            }
            if (accepted != -LinuxCalls.EAGAIN
                && accepted != -LinuxCalls.EINTR
                && accepted != -SocketCalls.ECONNABORTED) {
              throw new LinuxException(name + ": accept", -accepted);
            }
          }
        });
  }

  /** Sets an option that is an integer. */
  void setOption(String what, int level, int option, int value) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_INT, value);
      int result = use(number -> SocketCalls.setOption(number, level, option, segment));
      LinuxException.check(name + ": " + what, result);
    }
  }

  /** Returns how many bytes the peer has not taken; see {@link SocketCalls#unsent}. */
  int unsentBytes() throws IOException {
    return (int) LinuxException.check(name + ": SIOCOUTQ", use(SocketCalls::unsent));
  }

  StreamSocket duplicate() throws IOException {
    int copy = (int) LinuxException.check(name + ": fcntl", use(SocketCalls::duplicate));
    return new StreamSocket(copy, name);
  }

  int number() {
    return fd;
  }

  synchronized void shutdown() {
    if (!closed) {
      SocketCalls.shutdown(fd); // fails only if there is nothing to end
    }
  }

  /** Lets go of the descriptor; who waits in it is woken by a shutdown. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (users == 0) {
      LinuxCalls.close(fd);
    } else {
      SocketCalls.shutdown(fd);
    }
  }
}
