package dev.cairn.transport.tls;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * Bytes that go both ways between two processes. Safe for use by one reader and one writer at once;
 * anyone may shut it down.
 */
public interface Wire {
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
   * Ends both directions for every process that holds the connection, at once and without waiting;
   * a thread that waits in it comes back. Does nothing if it has ended.
   */
  void shutdown();

  /** Returns its name for errors, such as {@code tcp:HOST:PORT} or {@code QEMU's fd:cairn}. */
  String name();
}
