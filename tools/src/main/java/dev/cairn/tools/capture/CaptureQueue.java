package dev.cairn.tools.capture;

import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.RefusedException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Complete checkpoints on their way into the store, in order, by a thread of its own: the guest
 * never waits for a disk. Thread-safe.
 *
 * <p>What the source has sent it has forgotten. So the pages of a checkpoint that becomes no point
 * go into the next one, newer ones winning. Where they cannot be kept, the next checkpoint has to
 * be whole, and deltas up to it are dropped: {@link #needsWhole}.
 */
final class CaptureQueue implements Closeable {
  /** Hears what becomes of checkpoints, on the queue's thread. */
  interface Listener {
    void stored(Taken taken, PointWriter.Stored stored);

    /** It became no point; the guest runs on. */
    void dropped(Taken taken, String why);
  }

  private final SpoolMemory memory;
  private final PointWriter writer;
  private final Listener listener;
  private final Deque<Taken> waiting = new ArrayDeque<>();
  private final Thread thread;

  // Guarded by this.
  private boolean closed;
  private boolean busy;
  private boolean lost;
  private @Nullable IOException fatal;

  // Of the queue's thread.
  private @Nullable Taken carried;
  private @Nullable Id last;

  /** Starts the thread. */
  CaptureQueue(SpoolMemory memory, PointWriter writer, Listener listener) {
    this.memory = memory;
    this.writer = writer;
    this.listener = listener;
    this.thread = Thread.ofPlatform().name("cairn-store").start(this::work);
  }

  /**
   * Takes a checkpoint over.
   *
   * @throws IOException if nothing can be stored any more
   */
  void put(Taken taken) throws IOException {
    synchronized (this) {
      if (!closed && fatal == null) {
        waiting.add(taken);
        notifyAll();
        return;
      }
    }
    taken.close();
    check();
  }

  /** Fails with what ended the queue, if something did. */
  synchronized void check() throws IOException {
    if (fatal != null) {
      throw fatal;
    }
  }

  /** Returns how many checkpoints are not yet durable. */
  synchronized int length() {
    return waiting.size() + (busy ? 1 : 0);
  }

  /** Tells whether nothing is under way, nor kept for the next one. */
  synchronized boolean isClear() {
    return length() == 0 && carried == null;
  }

  /** Tells whether pages were lost, so that only a whole checkpoint can become a point. */
  synchronized boolean needsWhole() {
    return lost;
  }

  /**
   * Waits until the buffer has room for a checkpoint, or nothing is under way: then more room will
   * not come, and the rest of it spills.
   *
   * @param bytes that it may take
   * @param stop ends the waiting; looked at now and then
   */
  synchronized void awaitRoom(long bytes, BooleanSupplier stop) throws IOException {
    long need = Math.min(bytes, memory.mostBytes());
    while (memory.freeBytes() < need
        && (busy || !waiting.isEmpty())
        && !stop.getAsBoolean()
        && fatal == null) {
      pause(50);
    }
    check();
  }

  /** Waits until all that was put is durable, or dropped. */
  synchronized void awaitEmpty() throws IOException {
    while ((busy || !waiting.isEmpty()) && fatal == null) {
      pause(0);
    }
    check();
  }

  @SuppressWarnings("WaitNotInLoop") // its callers loop
  private void pause(long millis) throws InterruptedIOException {
    try {
      wait(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the store was awaited");
    }
  }

  private void work() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(Spool.PAGE, 64);
      for (Taken taken = next(); taken != null; taken = next()) {
        handle(taken, page);
        idle(); // not after a failure: whoever waits for this is to see that first
      }
      writer.finish();
    } catch (IOException e) {
      end(e);
    } catch (RuntimeException | Error e) {
      end(new IOException("storing ended by " + e, e));
    } finally {
      drop();
    }
  }

  private synchronized @Nullable Taken next() {
    while (waiting.isEmpty() && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        closed = true; // nobody has a reason to: it ends as if asked to
      }
    }
    Taken taken = waiting.poll();
    busy = taken != null;
    return taken;
  }

  private synchronized void idle() {
    busy = false;
    notifyAll();
  }

  private synchronized void end(IOException why) {
    fatal = why;
    notifyAll();
  }

  private synchronized void setLost(boolean now) {
    lost = now;
  }

  private void handle(Taken newest, MemorySegment page) throws IOException {
    Taken taken = newest;
    Taken older = carried;
    if (taken.standsAlone()) {
      setLost(false);
      dropCarried();
    } else if (needsWhole()) {
      taken.close();
      listener.dropped(taken, "its base was lost: a whole one has to come first");
      return;
    } else if (older != null) {
      try {
        taken.image().spool().addOlder(older.image().spool(), page);
        taken = taken.over(older);
        carried = older.withoutBase();
      } catch (NoRoomException e) {
        lose(taken, String.valueOf(e.getMessage()));
        return;
      } finally {
        dropCarried();
      }
    }
    if (taken.fault().isPresent()) {
      keep(taken, taken.fault().get());
      return;
    }
    store(taken);
  }

  private void store(Taken taken) throws IOException {
    Optional<Id> parent = taken.isWhole() ? Optional.empty() : parent(taken);
    PointWriter.Stored stored;
    try {
      stored = writer.write(taken, parent);
    } catch (CorruptFileException | RefusedException e) {
      taken.close();
      throw e; // it would be the same with the next one
    } catch (IOException e) {
      boolean overtaken =
          e instanceof BusyException && parent.isPresent() && !writer.isNewest(parent.get());
      // Of a base image the file is half written, or more, and cannot be gone on with.
      if (overtaken || taken.base().isPresent()) {
        lose(taken, String.valueOf(e.getMessage()));
      } else {
        keep(taken, String.valueOf(e.getMessage()));
      }
      return;
    }
    last = stored.id();
    taken.close();
    listener.stored(taken, stored);
  }

  private Optional<Id> parent(Taken taken) {
    return taken.basis().point().or(() -> Optional.ofNullable(last));
  }

  /** Keeps the pages of one that becomes no point for the next one, if they are needed and fit. */
  private void keep(Taken taken, String why) throws IOException {
    if (!taken.basis().forgotten()) {
      taken.close();
      listener.dropped(taken, why);
    } else if (taken.image().spool().heldBytes() > memory.mostBytes() / 2) {
      lose(taken, why);
    } else {
      carried = taken;
      listener.dropped(taken, why + "; its pages go into the next point");
    }
  }

  private void lose(Taken taken, String why) throws IOException {
    taken.close();
    if (taken.basis().forgotten()) {
      setLost(true);
      listener.dropped(taken, why + "; the next point is taken whole");
    } else {
      listener.dropped(taken, why);
    }
  }

  private void dropCarried() throws IOException {
    if (carried != null) {
      carried.close();
      carried = null;
    }
  }

  /** Lets go of what nobody will store. */
  private void drop() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      dropCarried();
      for (Taken taken = next(); taken != null; taken = next()) {
        taken.close();
      }
    } catch (IOException e) {
      // The memory goes with the process.
    } finally {
      idle();
    }
  }

  /** Stores what was put, then ends the thread. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the last points were stored");
    }
  }
}
