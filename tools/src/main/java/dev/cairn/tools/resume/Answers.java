package dev.cairn.tools.resume;

import dev.cairn.store.RamLayout;
import dev.cairn.store.StoreException;
import dev.cairn.tools.migration.Connection;
import dev.cairn.tools.migration.ReturnPath;
import dev.cairn.tools.migration.SocketInput;
import dev.cairn.transport.tls.TlsException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * Reads what the destination says, in a thread of its own, and puts it into the inbox. Closing
 * shuts the connection down.
 */
final class Answers implements Closeable {
  private static final long BUFFER = 64 << 10;

  private final Connection connection;
  private final Inbox inbox;
  private final Tally tally;
  private final RamLayout layout;
  private final Thread thread;

  /**
   * Starts reading.
   *
   * @param layout of the machine: requests for anything else end it
   */
  Answers(Connection connection, Inbox inbox, Tally tally, RamLayout layout) {
    this.connection = connection;
    this.inbox = inbox;
    this.tally = tally;
    this.layout = layout;
    thread = Thread.ofPlatform().name("cairn-return-path").daemon().start(this::read);
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      SocketInput in =
          new SocketInput(connection, arena.allocate(BUFFER, 8), SocketInput.Watch.NONE);
      inbox.end(read(in));
    } catch (RuntimeException e) {
      inbox.end(new IOException("reading the return path", e));
    }
  }

  /** Reads until that is no longer possible, and returns why. */
  private IOException read(SocketInput in) {
    try {
      ReturnPath path = new ReturnPath(in, layout);
      while (true) {
        ReturnPath.Message message = path.read();
        if (message instanceof ReturnPath.Request) {
          tally.requested();
        }
        inbox.put(message);
      }
    } catch (TlsException e) {
      return new LinkDownException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      return in.hasEnded() || !(e instanceof StoreException)
          ? new LinkDownException("the destination has hung up", e)
          : e;
    }
  }

  @Override
  public void close() {
    connection.shutdown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.interrupt(); // it may wait for room in the inbox
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
