package dev.cairn.tools.linux;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Owns a listening Unix socket and its name, which only this user can connect to, and which is
 * deleted when this is closed. Thread-safe.
 */
public final class UnixListener implements Closeable {
  private static final int OWNER_ONLY = 0600;
  private static final int BACKLOG = 1;

  /** Where many may come at once; the kernel takes less if it is set to. */
  private static final int LONG_BACKLOG = 128;

  private final StreamSocket socket;
  private final Path path;

  private UnixListener(StreamSocket socket, Path path) {
    this.socket = socket;
    this.path = path;
  }

  /**
   * Listens at a path that does not exist yet.
   *
   * @throws FileAlreadyExistsException if it does, whatever it is
   */
  public static UnixListener listen(Path path) throws IOException {
    return listen(path, BACKLOG);
  }

  /** The same, where many peers may come at once. */
  public static UnixListener listenToMany(Path path) throws IOException {
    return listen(path, LONG_BACKLOG);
  }

  /**
   * Takes over a descriptor that was received.
   *
   * @param number of a Unix socket that listens at {@code path}; closed by this from now on
   */
  public static UnixListener adopt(int number, Path path) {
    return new UnixListener(new StreamSocket(number, "unix:" + path), path);
  }

  private static UnixListener listen(Path path, int backlog) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = SocketAddresses.of(path, arena);
      int fd =
          (int)
              LinuxException.check(
                  "socket", SocketCalls.socket(SocketCalls.AF_UNIX, LinuxCalls.O_NONBLOCK));
      UnixListener listener = new UnixListener(new StreamSocket(fd, "unix:" + path), path);
      boolean done = false;
      try {
        listener.begin(address, backlog);
        done = true;
        return listener;
      } finally {
        if (!done) {
          listener.socket.close();
        }
      }
    }
  }

  private void begin(MemorySegment address, int backlog) throws IOException {
    String call = socket.name() + ": ";
    LinuxException.check(call + "fchmod", socket.use(fd -> SocketCalls.changeMode(fd, OWNER_ONLY)));
    int bound = socket.use(fd -> SocketCalls.bind(fd, address));
    if (bound == -SocketCalls.EADDRINUSE) {
      throw new FileAlreadyExistsException(path.toString());
    }
    LinuxException.check(call + "bind", bound);
    LinuxException.check(call + "listen", socket.use(fd -> SocketCalls.listen(fd, backlog)));
  }

  /**
   * Waits for a peer.
   *
   * @throws java.net.SocketTimeoutException if none comes in time
   */
  public UnixSocket accept(Duration patience) throws IOException {
    return new UnixSocket(socket.accept(socket.name(), patience));
  }

  /** Returns the descriptor's number, to pass it to another process. */
  public int number() {
    return socket.number();
  }

  public Path path() {
    return path;
  }

  /** Lets go of the descriptor only: the name, and who else has the socket, stay. */
  public void release() {
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    Files.deleteIfExists(path);
  }
}
