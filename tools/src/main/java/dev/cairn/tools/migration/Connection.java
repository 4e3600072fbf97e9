package dev.cairn.tools.migration;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * A connection that carries a migration stream one way and the answers to it the other way. Safe
 * for use by one reader and one writer at once; anyone may shut it down.
 */
public interface Connection extends Closeable {
  /**
   * Waits until {@link #read} would not wait: there are bytes, or the peer is gone.
   *
   * @return false if the time is over
   */
  boolean awaitInput(Duration most) throws IOException;

  /**
   * Reads what is there; waits for the first byte.
   *
   * @param into memory of the caller, at least one byte, borrowed for the call
   * @return how many bytes were read, at least 1; or -1 if the peer has ended its side
   */
  int read(MemorySegment into) throws IOException;

  /** Writes all bytes; waits until the kernel has taken them. */
  void write(MemorySegment from) throws IOException;

  /**
   * Returns how many written bytes the peer has not yet taken, or a little more than they are; 0
   * where that is not known.
   */
  default long unsentBytes() throws IOException {
    return 0;
  }

  /**
   * Has {@link #write} wait while so many bytes are unsent, where that can be told to the kernel:
   * what is urgent is not long behind them, then.
   *
   * @param bytes about; a kernel has a least number of its own
   */
  default void limitUnsent(int bytes) throws IOException {}

  /**
   * Ends both directions for every process that holds the connection, at once and without waiting;
   * a thread that waits in it comes back. Does nothing if it has ended.
   */
  void shutdown();

  /** Returns its name for errors, such as {@code tcp:HOST:PORT} or {@code QEMU's fd:cairn}. */
  String name();
}
