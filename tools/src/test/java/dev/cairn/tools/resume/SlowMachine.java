package dev.cairn.tools.resume;

import dev.cairn.store.RamLayout;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A machine of which no page is here before it was asked for: those that were come a few at a time,
 * in any order, those that somebody waits for more often. Thread-safe.
 */
final class SlowMachine implements MemorySource, Closeable {
  private record Place(int block, long page) {}

  private final SyntheticMachine machine;
  private final Random random;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Map<Place, Long> here = new HashMap<>(); // guarded by this
  private final List<Place> asked = new ArrayList<>(); // guarded by this
  private final Thread thread;
  private long urgent; // guarded by this
  private boolean closed; // guarded by this

  SlowMachine(SyntheticMachine machine, long seed) {
    this.machine = machine;
    this.random = new Random(seed);
    thread = Thread.ofPlatform().daemon().start(this::bring);
  }

  private void bring() {
    try {
      while (bringSome()) {
        listeners.forEach(Runnable::run);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean bringSome() throws InterruptedException {
    while (asked.isEmpty() && !closed) {
      wait();
    }
    for (int some = 1 + random.nextInt(16); some > 0 && !asked.isEmpty(); some--) {
      int index = random.nextInt(asked.size());
      Place place = asked.get(index);
      asked.set(index, asked.getLast());
      asked.removeLast();
      here.merge(new Place(place.block, place.page & -64), 1L << place.page, (a, b) -> a | b);
    }
    return !closed;
  }

  /** Returns how many pages were asked for as somebody waited for them. */
  synchronized long urgent() {
    return urgent;
  }

  private synchronized long missing(int block, long page, long wanted) {
    return wanted & ~here.getOrDefault(new Place(block, page), 0L);
  }

  private synchronized void ask(int block, long page, long missing, boolean isUrgent) {
    for (long bits = missing; bits != 0; bits &= bits - 1) {
      Place place = new Place(block, page + Long.numberOfTrailingZeros(bits));
      if (isUrgent || !asked.contains(place)) {
        asked.add(place);
        urgent += isUrgent ? 1 : 0;
      }
    }
    notifyAll();
  }

  @Override
  public RamLayout layout() {
    return machine.layout();
  }

  @Override
  public Reader reader(Arena arena) {
    Reader reader = machine.reader(arena);
    return new Reader() {
      @Override
      public long missing(int block, long page, long wanted, boolean urgent) {
        long missing = SlowMachine.this.missing(block, page, wanted);
        ask(block, page, missing, urgent);
        return missing;
      }

      @Override
      public long read(int block, long page, long wanted, MemorySegment into) throws IOException {
        if (SlowMachine.this.missing(block, page, wanted) != 0) {
          throw new IllegalStateException("pages are read that are not here");
        }
        return reader.read(block, page, wanted, into);
      }

      @Override
      public void close() throws IOException {
        reader.close();
      }
    };
  }

  @Override
  public Closeable onArrival(Runnable arrived) {
    listeners.add(arrived);
    return () -> listeners.remove(arrived);
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
