package dev.cairn.tools.capture;

import dev.cairn.tools.linux.TcpConnection;
import dev.cairn.tools.linux.TcpListener;
import dev.cairn.tools.linux.UnixListener;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.migration.Address;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * An address that QEMU connects to, for one that can be passed no descriptor. It is listened at
 * only until one peer has come. Whoever connects to a Unix socket has to be QEMU, where its process
 * is known; of TCP that cannot be told.
 */
final class ListeningDoor implements Door {
  /** QEMU connects at once, or never. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Address address;
  private final long process;

  /**
   * Does not listen yet.
   *
   * @param process number of QEMU's process, 0 if that is hidden
   */
  ListeningDoor(Address address, long process) {
    this.address = address;
    this.process = process;
  }

  @Override
  public Opening open(RunningQemu qemu) throws IOException {
    switch (address) {
      case Address.Unix unix -> {
        UnixListener listener = UnixListener.listen(unix.path());
        return new Listening(listener, () -> requireQemu(listener.accept(PATIENCE)));
      }
      case Address.Tcp tcp -> {
        TcpListener listener = TcpListener.listen(tcp.socketAddress());
        return new Listening(
            listener,
            () -> {
              TcpConnection peer = listener.accept(PATIENCE);
              return new End(peer, peer.number());
            });
      }
    }
  }

  private End requireQemu(UnixSocket peer) throws IOException {
    long found = peer.peerPid();
    if (process != 0 && found != process) {
      peer.shutdown();
      peer.close();
      throw new LostCheckpointException(
          address.text() + ": expected QEMU, process " + process + ", found process " + found);
    }
    return new End(peer, peer.number());
  }

  /** Waits for a peer. */
  private interface Accepting {
    End accept() throws IOException;
  }

  private final class Listening implements Opening {
    private final Closeable listener;
    private final Accepting accepting;

    Listening(Closeable listener, Accepting accepting) {
      this.listener = listener;
      this.accepting = accepting;
    }

    @Override
    public String uri() {
      return address.text();
    }

    @Override
    public OptionalInt early() {
      return OptionalInt.empty();
    }

    @Override
    public End end() throws IOException {
      return accepting.accept();
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
