package dev.cairn.tools.resume;

import dev.cairn.chain.Progress;
import dev.cairn.store.StoreException;
import dev.cairn.tools.memory.ReadablePoint;
import dev.cairn.tools.migration.Connection;
import dev.cairn.tools.migration.ReturnPath;
import dev.cairn.tools.migration.SocketInput;
import dev.cairn.transport.tls.TlsException;
import java.io.IOException;
import java.lang.foreign.Arena;

/** Gives a destination a point as a whole, and waits until it says that it has it. */
final class Precopy {
  private static final long BUFFER = 4096;
  private static final String NEXT =
      "; its log says why; nothing is lost: start it and the resume again";

  private final ReadablePoint point;
  private final Machine machine;
  private final Tally tally;

  Precopy(ReadablePoint point, Machine machine, Tally tally) {
    this.point = point;
    this.machine = machine;
    this.tally = tally;
  }

  void run(Connection connection, Progress progress) throws IOException {
    tally.connected();
    try (Arena arena = Arena.ofShared()) {
      Link link = new Link(connection::write, Link.Limits.NONE, tally, arena);
      try (PrecopySink sink = new PrecopySink(machine, link)) {
        point.restore(sink, progress);
      }
      awaitLoaded(connection, arena);
    } catch (LinkDownException e) {
      throw new IOException(connection.name() + ": " + e.getMessage() + NEXT, e);
    } finally {
      connection.shutdown();
    }
    tally.running();
    tally.complete();
  }

  private void awaitLoaded(Connection connection, Arena arena) throws IOException {
    SocketInput in = new SocketInput(connection, arena.allocate(BUFFER, 8), SocketInput.Watch.NONE);
    ReturnPath path = new ReturnPath(in, machine.layout());
    try {
      while (true) {
        if (path.read() instanceof ReturnPath.Shut shut) {
          if (shut.value() != 0) {
            throw new LinkDownException("the destination could not load it", null);
          }
          return;
        }
      }
    } catch (TlsException e) {
      throw new LinkDownException(String.valueOf(e.getMessage()), e);
    } catch (StoreException e) {
      if (in.hasEnded()) {
        throw new LinkDownException("the destination hung up while it loaded the devices", e);
      }
      throw e;
    }
  }
}
