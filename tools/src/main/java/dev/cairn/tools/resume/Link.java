package dev.cairn.tools.resume;

import dev.cairn.tools.migration.Connection;
import dev.cairn.tools.migration.StreamWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One connection to a destination, as its source writes into it: counted, and paced. Not
 * thread-safe.
 */
final class Link {
  private static final long BUFFER = 128 << 10;

  private final Connection connection;
  private final Tally tally;
  private final Pace pace;
  private final StreamWriter writer;

  /**
   * Makes a link.
   *
   * @param limit has the connection take no more than so many unsent bytes
   * @param arena of the link's buffer
   */
  Link(Connection connection, Pace.Limit limit, Tally tally, Arena arena) throws IOException {
    this.connection = connection;
    this.tally = tally;
    this.pace = new Pace(limit);
    this.writer = new StreamWriter(this::write, arena.allocate(BUFFER, Machine.PAGE));
  }

  /** Only what is flushed has to be there; nobody waits for single pages. */
  static final Pace.Limit UNPACED = _ -> {};

  private void write(MemorySegment bytes) throws IOException {
    try {
      connection.write(bytes);
    } catch (IOException e) {
      throw new LinkDownException("sending: " + e.getMessage(), e);
    }
    tally.wrote(bytes.byteSize());
    pace.wrote(bytes.byteSize(), System.nanoTime());
  }

  Connection connection() {
    return connection;
  }

  Tally tally() {
    return tally;
  }

  Pace pace() {
    return pace;
  }

  StreamWriter writer() {
    return writer;
  }
}
