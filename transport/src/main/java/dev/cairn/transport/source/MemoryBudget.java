package dev.cairn.transport.source;

import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;
import java.io.Closeable;
import org.jspecify.annotations.Nullable;

/**
 * Counts memory that answers need for a while, for one client and for all. What is alone may be
 * larger than the bound: it has one of its own. Thread-safe.
 */
final class MemoryBudget {
  private final long most;
  private final @Nullable MemoryBudget whole;
  private long used; // guarded by this

  /** Makes a budget for all. */
  MemoryBudget(long most) {
    this(most, null);
  }

  private MemoryBudget(long most, @Nullable MemoryBudget whole) {
    this.most = most;
    this.whole = whole;
  }

  /** Makes a budget for one client, within this. */
  MemoryBudget part(long mostOfClient) {
    return new MemoryBudget(mostOfClient, this);
  }

  /** Memory that is in use until this is closed. */
  @FunctionalInterface
  interface Lease extends Closeable {
    @Override
    void close();
  }

  /**
   * Takes memory.
   *
   * @throws FailureException if there is too much in use: the peer tries again
   */
  Lease take(long bytes) throws FailureException {
    add(bytes);
    boolean done = false;
    try {
      Lease outer = whole == null ? () -> {} : whole.take(bytes);
      done = true;
      return () -> {
        outer.close();
        remove(bytes);
      };
    } finally {
      if (!done) {
        remove(bytes);
      }
    }
  }

  private synchronized void add(long bytes) throws FailureException {
    if (used > 0 && bytes > most - used) {
      throw FailureException.of(
          ErrorCode.TOO_MUCH, "memory for answers", "at most " + most + " bytes", used + bytes);
    }
    used += bytes;
  }

  private synchronized void remove(long bytes) {
    used -= bytes;
  }
}
