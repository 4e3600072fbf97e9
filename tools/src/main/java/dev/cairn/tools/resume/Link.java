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

  /**
   * What keeps pages from waiting behind others.
   *
   * @param unsent has the connection take no more than so many unsent bytes
   * @param hidesUnread whether more may wait than that, so that PINGs have to tell of it
   */
  record Limits(Pace.Limit unsent, boolean hidesUnread) {
    /** Only what is flushed has to be there; nobody waits for single pages. */
    static final Limits NONE = new Limits(_ -> {}, false);

    static Limits of(Connection connection) {
      return new Limits(connection::limitUnsent, connection.hidesUnread());
    }
  }

  private final StreamWriter.Output out;
  private final Tally tally;
  private final Pace pace;
  private final UnderWay underWay;
  private final StreamWriter writer;

  /**
   * Makes a link.
   *
   * @param out the connection's bytes
   * @param arena of the link's buffer
   */
  Link(StreamWriter.Output out, Limits limits, Tally tally, Arena arena) throws IOException {
    this.out = out;
    this.tally = tally;
    this.pace = new Pace(limits.unsent);
    this.underWay = new UnderWay(limits.hidesUnread);
    this.writer = new StreamWriter(this::write, arena.allocate(BUFFER, Machine.PAGE));
  }

  private void write(MemorySegment bytes) throws IOException {
    try {
      out.write(bytes);
    } catch (IOException e) {
      throw new LinkDownException("sending: " + e.getMessage(), e);
    }
    tally.wrote(bytes.byteSize());
    pace.wrote(bytes.byteSize(), System.nanoTime());
  }

  Tally tally() {
    return tally;
  }

  /** Returns what is under way on it. */
  UnderWay underWay() {
    return underWay;
  }

  /** Returns how many bytes of bulk go before requests are looked at again, at most. */
  long sliceBytes() {
    return Math.min(pace.unsentBytes() / 4, underWay.most() / 2);
  }

  StreamWriter writer() {
    return writer;
  }
}
