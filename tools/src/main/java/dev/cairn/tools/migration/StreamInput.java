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

  int u8(String what) throws IOException;

  int be16(String what) throws IOException;

  long be32(String what) throws IOException;

  long be64(String what) throws IOException;

  /** Reads a name: its length in one byte, then its bytes, which a terminal can show. */
  String name(String what) throws IOException;

  /** Fills memory of the caller. */
  void read(String what, MemorySegment into) throws IOException;

  /** Goes over bytes. */
  void skip(String what, long bytes) throws IOException;

  /** Makes the error that something in the stream is wrong. */
  BadInputException bad(String what, long offset, Object expected, Object actual);

  /** Makes the error that the stream has something that Cairn does not take on. */
  RefusedException refused(String what, long offset, Object expected, Object actual);
}
