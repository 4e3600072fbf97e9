package dev.cairn.tools.resume;

import dev.cairn.tools.migration.Connection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/** A connection between two threads, with short buffers, that can be cut. Thread-safe. */
final class MemoryConnection implements Connection {
  /** Bytes on their way in one direction. */
  private static final class Pipe {
    private final byte[] ring;
    private int from;
    private int length;
    private boolean ended;

    Pipe(int capacity) {
      ring = new byte[capacity];
    }

    synchronized void end() {
      ended = true;
      notifyAll();
    }

    synchronized int read(MemorySegment into) throws IOException {
      awaitBytes();
      if (length == 0) {
        return -1;
      }
      int count = (int) Math.min(Math.min(length, into.byteSize()), ring.length - from);
      MemorySegment.copy(ring, from, into, ValueLayout.JAVA_BYTE, 0, count);
      from = (from + count) % ring.length;
      length -= count;
      notifyAll();
      return count;
    }

    synchronized void write(MemorySegment bytes) throws IOException {
      for (long done = 0; done < bytes.byteSize(); ) {
        awaitRoom();
        if (ended) {
          throw new IOException("the peer is gone");
        }
        int at = (from + length) % ring.length;
        int count =
            (int)
                Math.min(Math.min(ring.length - length, ring.length - at), bytes.byteSize() - done);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, done, ring, at, count);
        length += count;
        done += count;
        notifyAll();
      }
    }

    synchronized boolean await(Duration most) throws IOException {
      long end = System.nanoTime() + most.toNanos();
      try {
        while (length == 0 && !ended) {
          long left = (end - System.nanoTime()) / 1_000_000;
          if (left <= 0) {
            return false;
          }
          wait(left);
        }
        return true;
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }

    private synchronized void awaitBytes() throws IOException {
      try {
        while (length == 0 && !ended) {
          wait();
        }
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }

    private synchronized void awaitRoom() throws IOException {
      try {
        while (length == ring.length && !ended) {
          wait();
        }
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }
  }

  private final Pipe in;
  private final Pipe out;

  private MemoryConnection(Pipe in, Pipe out) {
    this.in = in;
    this.out = out;
  }

  /** Makes the two ends. */
  static MemoryConnection[] pair(int capacity) {
    Pipe a = new Pipe(capacity);
    Pipe b = new Pipe(capacity);
    return new MemoryConnection[] {new MemoryConnection(a, b), new MemoryConnection(b, a)};
  }

  @Override
  public boolean awaitInput(Duration most) throws IOException {
    return in.await(most);
  }

  @Override
  public int read(MemorySegment into) throws IOException {
    return in.read(into);
  }

  @Override
  public void write(MemorySegment from) throws IOException {
    out.write(from);
  }

  @Override
  public void shutdown() {
    in.end();
    out.end();
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public void close() {
    shutdown();
  }
}
