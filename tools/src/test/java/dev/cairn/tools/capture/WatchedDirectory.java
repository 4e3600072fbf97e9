package dev.cairn.tools.capture;

import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts reads and writes of files by the thread that made it, and may hold up those of others. As
 * safe for use by several threads as what it watches.
 */
final class WatchedDirectory extends ForwardingDirectory {
  private final AtomicInteger accesses;
  private final Semaphore gate;
  private final Thread watched;

  /**
   * Watches the thread that calls this.
   *
   * @param accesses counts the files that it makes, and its reads, writes and syncs
   * @param gate is passed by all others
   */
  WatchedDirectory(StoreDirectory target, AtomicInteger accesses, Semaphore gate) {
    this(target, accesses, gate, Thread.currentThread());
  }

  private WatchedDirectory(
      StoreDirectory target, AtomicInteger accesses, Semaphore gate, Thread watched) {
    super(target);
    this.accesses = accesses;
    this.gate = gate;
    this.watched = watched;
  }

  @Override
  protected StoreDirectory inside(StoreDirectory opened, String name) {
    return new WatchedDirectory(opened, accesses, gate, watched);
  }

  private void pass() {
    if (Thread.currentThread() == watched) {
      accesses.incrementAndGet();
    } else {
      gate.acquireUninterruptibly();
      gate.release();
    }
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
        pass();
        in.read(offset, into);
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }

  @Override
  public StoreOutput create(String name) throws IOException {
    pass();
    StoreOutput out = super.create(name);
    return new StoreOutput() {
      @Override
      public void write(long offset, MemorySegment data) throws IOException {
        pass();
        out.write(offset, data);
      }

      @Override
      public void sync() throws IOException {
        pass();
        out.sync();
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }
}
