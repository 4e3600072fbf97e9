package dev.cairn.chain;

import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Notes every read of every file in it. Safe for use by several threads. */
final class CountingDirectory extends ForwardingDirectory {
  /** What was read at once. */
  record Read(String file, long offset, long length) {}

  private final List<Read> reads;

  CountingDirectory(StoreDirectory target) {
    this(target, Collections.synchronizedList(new ArrayList<>()));
  }

  private CountingDirectory(StoreDirectory target, List<Read> reads) {
    super(target);
    this.reads = reads;
  }

  /** Forgets the reads so far. */
  void reset() {
    reads.clear();
  }

  List<Read> reads() {
    synchronized (reads) {
      return List.copyOf(reads);
    }
  }

  @Override
  protected StoreDirectory inside(StoreDirectory opened, String name) {
    return new CountingDirectory(opened, reads);
  }

  @Override
  public StoreInput open(String name) throws IOException {
    StoreInput in = super.open(name);
    return new StoreInput() {
      @Override
      public long length() throws IOException {
        return in.length();
      }

      @Override
      public int names() throws IOException {
        return in.names();
      }

      @Override
      public void read(long offset, MemorySegment into) throws IOException {
        reads.add(new Read(name, offset, into.byteSize()));
        in.read(offset, into);
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }
}
