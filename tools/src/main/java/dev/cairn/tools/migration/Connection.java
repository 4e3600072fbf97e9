package dev.cairn.tools.migration;

import dev.cairn.transport.tls.Wire;
import java.io.Closeable;
import java.io.IOException;

/**
 * A connection that carries a migration stream one way and the answers to it the other way. Safe
 * for use by one reader and one writer at once; anyone may shut it down.
 */
public interface Connection extends Wire, Closeable {
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

  /** Tells whether bytes that the peer has not read may wait beyond {@link #limitUnsent}. */
  default boolean hidesUnread() {
    return true;
  }
}
