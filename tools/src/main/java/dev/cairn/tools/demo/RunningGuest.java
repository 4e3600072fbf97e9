package dev.cairn.tools.demo;

import dev.cairn.tools.linux.AnonymousMemory;
import dev.cairn.tools.linux.LinuxException;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The guest that is checkpointed: one thread works on the table, the caller's takes checkpoints.
 *
 * <p>A checkpoint stops the work between two operations, asks which pages are dirty, brings the
 * copy of the memory up to date with these, and lets the work go on; the bytes then travel from the
 * copy.
 */
final class RunningGuest implements Closeable {
  private static final long TICK_NANOS = 5_000_000;
  private static final long SEED = 20_261_120;

  private final Arena arena = Arena.ofShared();
  private final ReentrantLock lock = new ReentrantLock(true);
  private final MemorySegment memory;
  private final MemorySegment copy;
  private final DirtyTracker tracker;
  private final KvTable table;
  private final Workload workload;
  private final Thread worker;
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;
  private boolean first = true;

  /**
   * Makes a guest and lets it work.
   *
   * @throws LinuxException if the tracker that was asked for cannot be had
   */
  RunningGuest(long memoryBytes, DirtyTracker.Maker maker) throws LinuxException {
    memory = AnonymousMemory.map(memoryBytes, arena);
    copy = AnonymousMemory.map(memoryBytes, arena);
    tracker = maker.make(memory, copy);
    table = new KvTable(memory);
    Workload.create(table, SEED);
    workload = new Workload(table);
    worker = Thread.ofPlatform().daemon().name("workload").unstarted(this::work);
  }

  /** Answers commands until there are no more. */
  void serve(DataInputStream in, DataOutputStream out) throws IOException {
    out.writeInt(GuestProtocol.HELLO);
    out.writeUTF(tracker.description());
    out.writeLong(table.header(KvTable.AT_ACCOUNTS));
    out.flush();
    worker.start();
    for (int command = in.read(); command >= 0; command = in.read()) {
      if (command != GuestProtocol.CHECKPOINT) {
        throw new IOException("unknown command " + command);
      }
      checkpoint(in.readBoolean(), out);
      out.flush();
    }
  }

  private void checkpoint(boolean audited, DataOutputStream out) throws IOException {
    BitSet dirty;
    long pauseNanos;
    long sequence;
    List<String> findings;
    lock.lock();
    try {
      long start = System.nanoTime();
      dirty = tracker.take();
      copy(dirty);
      pauseNanos = System.nanoTime() - start;
      sequence = table.header(KvTable.AT_SEQUENCE);
      findings = new ArrayList<>(failures);
      // What the tracker missed would show here, and only here.
      if (audited && memory.mismatch(copy) >= 0) {
        findings.add("the tracker missed a write at offset " + memory.mismatch(copy));
      }
    } finally {
      lock.unlock();
    }
    out.writeLong(pauseNanos);
    out.writeLong(sequence);
    GuestProtocol.writeTexts(out, findings);
    GuestProtocol.writeRuns(out, copy, first ? withoutZeros(dirty) : dirty);
    first = false;
    if (audited) {
      RegionDigests.of(copy).write(out);
    }
  }

  private void copy(BitSet pages) {
    for (int from = pages.nextSetBit(0); from >= 0; ) {
      int to = pages.nextClearBit(from);
      long at = (long) from * AnonymousMemory.PAGE_BYTES;
      long length = (long) (to - from) * AnonymousMemory.PAGE_BYTES;
      MemorySegment.copy(memory, at, copy, at, length);
      from = pages.nextSetBit(to);
    }
  }

  private BitSet withoutZeros(BitSet pages) {
    BitSet result = (BitSet) pages.clone();
    MemorySegment zero = arena.allocate(AnonymousMemory.PAGE_BYTES);
    for (int page = pages.nextSetBit(0); page >= 0; page = pages.nextSetBit(page + 1)) {
      long at = (long) page * AnonymousMemory.PAGE_BYTES;
      if (copy.asSlice(at, AnonymousMemory.PAGE_BYTES).mismatch(zero) < 0) {
        result.clear(page);
      }
    }
    return result;
  }

  private void work() {
    double perTick = workload.operationsPerSecond() * (TICK_NANOS / 1e9);
    double owed = 0;
    try {
      while (!stopped) {
        lock.lock();
        try {
          for (owed += perTick; owed >= 1; owed--) {
            workload.step();
          }
        } finally {
          lock.unlock();
        }
        LockSupport.parkNanos(TICK_NANOS);
      }
    } catch (RuntimeException e) {
      failures.add("the workload failed: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    stopped = true;
    try {
      worker.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    tracker.close();
    arena.close();
  }
}
