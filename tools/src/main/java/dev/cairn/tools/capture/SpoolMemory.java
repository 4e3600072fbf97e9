package dev.cairn.tools.capture;

import dev.cairn.tools.linux.AnonymousMemory;
import dev.cairn.tools.linux.LinuxException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The buffer that all spools of a capture share: native memory in slabs, up to {@code --buffer},
 * and the file that they spill into. Slabs that come back are kept for the next checkpoint, as
 * memory that is touched for the first time would lengthen its pause; many of them are not.
 * Thread-safe.
 */
final class SpoolMemory implements Closeable {
  /** Of a slab, and of an extent in the spill file. */
  static final int SLAB_BYTES = 256 << 10;

  /** Fewer would make every checkpoint spill. */
  static final long LEAST_BYTES = 16 << 20;

  /** A piece of memory. Its owner may use it from any thread. */
  static final class Slab {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    private Slab() throws LinuxException {
      memory = AnonymousMemory.map(SLAB_BYTES, arena);
    }

    MemorySegment memory() {
      return memory;
    }
  }

  private final long mostSlabs;
  private final SpillFile spill;
  private final Deque<Slab> free = new ArrayDeque<>();
  private long taken;
  private boolean closed;

  /**
   * @param mostBytes of memory
   * @param spill closed with this
   */
  SpoolMemory(long mostBytes, SpillFile spill) {
    if (mostBytes < LEAST_BYTES) {
      throw new IllegalArgumentException("a buffer of " + mostBytes + " bytes");
    }
    this.mostSlabs = mostBytes / SLAB_BYTES;
    this.spill = spill;
  }

  SpillFile spill() {
    return spill;
  }

  /** Returns a slab with any content, or nothing if all are taken. */
  @Nullable Slab take() throws IOException {
    return take(0);
  }

  /** Returns a slab with any content, or nothing if no more are left than those for others. */
  synchronized @Nullable Slab take(long others) throws IOException {
    if (closed) {
      throw new IOException("the buffer is closed");
    }
    if (taken + others >= mostSlabs) {
      return null;
    }
    Slab slab = free.poll();
    if (slab == null) {
      slab = new Slab();
    }
    taken++;
    return slab;
  }

  /** Takes a slab back. */
  synchronized void give(Slab slab) {
    taken--;
    if (closed || free.size() >= mostSlabs / 4) {
      slab.arena.close();
    } else {
      free.push(slab);
    }
  }

  long mostBytes() {
    return mostSlabs * SLAB_BYTES;
  }

  /** Returns how many bytes can still be taken. */
  synchronized long freeBytes() {
    return (mostSlabs - taken) * SLAB_BYTES;
  }

  /** Lets all memory go that is not taken; the rest goes as it comes back. */
  @Override
  public synchronized void close() throws IOException {
    closed = true;
    free.forEach(slab -> slab.arena.close());
    free.clear();
    spill.close();
  }
}
