package dev.cairn.tools.migration;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The bytes of a migration stream, one after the other; integers are big-endian. Each method names
 * what it reads, for the error if it is not there. Not thread-safe.
 */
public interface StreamInput {
  /** Returns how many bytes stand before the next one. */
  long position();

  /**
   * Reads a number.
   *
   * @param bytes 1 to 8
   */
  long number(String what, int bytes) throws IOException;

  default int u8(String what) throws IOException {
    return (int) number(what, 1);
  }

  default int be16(String what) throws IOException {
    return (int) number(what, 2);
  }

  default long be32(String what) throws IOException {
    return number(what, 4);
  }

  default long be64(String what) throws IOException {
    return number(what, 8);
  }

  /** Reads a name: its length in one byte, then its bytes, which a terminal can show. */
  default String name(String what) throws IOException {
    long at = position();
    byte[] bytes = new byte[u8(what)];
    read(what, MemorySegment.ofArray(bytes));
    return StreamGrammar.text(this, what, at, bytes);
  }

  /** Fills memory of the caller. */
  void read(String what, MemorySegment into) throws IOException;

  /**
   * Reads what is there; waits for the first byte only.
   *
   * @param into at least one byte
   * @return how many bytes were read, at least 1
   */
  int readSome(String what, MemorySegment into) throws IOException;

  /** Returns how many bytes have come already that nobody has read. */
  int buffered();

  /** Goes over bytes. */
  void skip(String what, long bytes) throws IOException;

  /** Makes the error that something in the stream is wrong. */
  BadInputException bad(String what, long offset, Object expected, Object actual);

  /** Makes the error that the stream has something that Cairn does not take on. */
  RefusedException refused(String what, long offset, Object expected, Object actual);
}
