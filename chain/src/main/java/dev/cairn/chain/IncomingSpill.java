package dev.cairn.chain;

import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A file without a name, for what came before its place was there: gone with the process.
 * Thread-safe.
 */
public final class IncomingSpill implements Closeable {
  static final String NAME = "SPILL";

  private final StoreOutput out;
  private final StoreInput in;

  private IncomingSpill(StoreOutput out, StoreInput in) {
    this.out = out;
    this.in = in;
  }

  /** Makes one; the lock of what is coming is held. */
  static IncomingSpill create(StoreDirectory directory) throws IOException {
    if (directory.exists(NAME)) {
      directory.delete(NAME); // of a process that died before it could
    }
    StoreOutput out = directory.create(NAME);
    boolean done = false;
    try {
      StoreInput in = directory.open(NAME);
      directory.delete(NAME);
      done = true;
      return new IncomingSpill(out, in);
    } finally {
      if (!done) {
        out.close();
      }
    }
  }

  /** Writes bytes at an offset, wherever the file ends. */
  public void write(long offset, MemorySegment bytes) throws IOException {
    out.write(offset, bytes);
  }

  /** Reads bytes that were written. */
  public void read(long offset, MemorySegment into) throws IOException {
    in.read(offset, into);
  }

  @Override
  public void close() throws IOException {
    try (out) {
      in.close();
    }
  }
}
