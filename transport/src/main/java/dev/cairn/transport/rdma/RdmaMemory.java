package dev.cairn.transport.rdma;

import com.ibm.disni.verbs.IbvMr;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one connection that is registered beside its buffers, and the READs under way into
 * it. Thread-safe; the connection's own thread tells it of completions and of the end.
 */
final class RdmaMemory implements RemoteMemory {
  /** Memory that is read into. */
  private record Lent(MemorySegment memory, int lkey) {
    /** Memory of another arena may lie where this one's was. */
    boolean holds(MemorySegment into) {
      if (!into.scope().equals(memory.scope()) || !memory.scope().isAlive()) {
        return false;
      }
      long from = into.address() - memory.address();
      return from >= 0 && from + into.byteSize() <= memory.byteSize();
    }
  }

  /** A READ that takes longer is none that will end. */
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(6);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All of these are guarded by the lock.
  private final List<Lent> lent = new ArrayList<>();
  private final Set<Offer> offers = new HashSet<>();
  private final @Nullable Outcome[] reads = new Outcome[MOST_READS];
  private final long[] began = new long[MOST_READS];

  /** There from OPEN on, until the connection is gone. */
  private @Nullable RdmaQueue queue;

  /** Those who register something just now: the queue stays until they are done. */
  private int registering;

  private boolean gone;

  @Override
  public void lend(MemorySegment memory) throws IOException {
    register(
        memory, IbvMr.IBV_ACCESS_LOCAL_WRITE, made -> lent.add(new Lent(memory, made.getLkey())));
  }

  /** What becomes of a registration; under the lock. */
  private interface Registered {
    void made(IbvMr registration);
  }

  /** To register may wait for a disk: the lock is not held meanwhile, but the queue stays. */
  private void register(MemorySegment memory, int access, Registered registered)
      throws IOException {
    RdmaQueue of;
    lock.lock();
    try {
      of = open();
      registering++;
    } finally {
      lock.unlock();
    }
    IbvMr made = null;
    try {
      made = of.register(memory, access);
    } finally {
      lock.lock();
      try {
        registering--;
        if (made != null) {
          registered.made(made); // also if the end has come meanwhile: then it goes with the queue
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public boolean isLent(MemorySegment into) {
    lock.lock();
    try {
      return find(into) != null;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Lent find(MemorySegment into) {
    for (Lent each : lent) {
      if (each.holds(into)) {
        return each;
      }
    }
    return null;
  }

  @Override
  public void read(long address, int rkey, MemorySegment into, Outcome outcome) throws IOException {
    lock.lock();
    try {
      Lent in = find(into);
      int free = 0;
      while (free < reads.length && reads[free] != null) {
        free++;
      }
      if (in == null || free == reads.length) {
        throw new IllegalStateException("a READ into memory that is not lent, or one too many");
      }
      int length = Math.toIntExact(into.byteSize());
      open().read(free, address, rkey, new RdmaQueue.Landing(into.address(), length, in.lkey()));
      reads[free] = outcome;
      began[free] = System.nanoTime();
    } finally {
      lock.unlock();
    }
  }

  private RdmaQueue open() throws ClosedChannelException {
    RdmaQueue known = queue;
    if (known == null) {
      throw new ClosedChannelException();
    }
    return known;
  }

  @Override
  public Offered offer(MemorySegment memory, Runnable freed) throws IOException {
    AtomicReference<@Nullable Offer> offer = new AtomicReference<>();
    try {
      register(
          memory,
          IbvMr.IBV_ACCESS_REMOTE_READ,
          made -> {
            Offer known = new Offer(made, memory, freed);
            offers.add(known);
            offer.set(known);
          });
    } finally {
      if (offer.get() == null) {
        freed.run();
      }
    }
    return Objects.requireNonNull(offer.get());
  }

  /** Memory that the peer may read. */
  private final class Offer implements Offered {
    private final IbvMr registration;
    private final Key key;
    private final Runnable freed;

    Offer(IbvMr registration, MemorySegment memory, Runnable freed) {
      this.registration = registration;
      this.key = new Key(memory.address(), registration.getRkey());
      this.freed = freed;
    }

    @Override
    public Key key() {
      return key;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        RdmaQueue of = queue;
        if (of == null || !offers.remove(this)) {
          return; // it goes with the connection
        }
        of.deregister(registration);
      } finally {
        lock.unlock();
      }
      freed.run();
    }
  }

  @Override
  public void awaitGone() {
    lock.lock();
    try {
      while (!gone) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  // What follows is for the connection's own thread.

  void opened(RdmaQueue made) {
    lock.lock();
    try {
      queue = made;
    } finally {
      lock.unlock();
    }
  }

  /** A READ is done. */
  void done(int read) {
    Outcome outcome;
    lock.lock();
    try {
      outcome = reads[read];
      reads[read] = null;
    } finally {
      lock.unlock();
    }
    if (outcome != null) {
      outcome.done();
    }
  }

  /** Nobody uses the queue from now on; what is registered with it goes with it. */
  void released() {
    lock.lock();
    try {
      queue = null;
      while (registering > 0) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Tells whether a READ takes too long. */
  boolean isStuck() {
    lock.lock();
    try {
      for (int i = 0; i < reads.length; i++) {
        if (reads[i] != null && System.nanoTime() - began[i] > MOST_NANOS) {
          return true;
        }
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** The queue is gone: nothing is read or written any more. */
  void gone(IOException why) {
    List<Offer> left;
    List<Outcome> failed = new ArrayList<>();
    lock.lock();
    try {
      left = List.copyOf(offers);
      offers.clear();
      lent.clear();
      for (int i = 0; i < reads.length; i++) {
        Outcome outcome = reads[i];
        if (outcome != null) {
          failed.add(outcome);
          reads[i] = null;
        }
      }
    } finally {
      lock.unlock();
    }
    try {
      failed.forEach(outcome -> outcome.failed(why));
      for (Offer offer : left) {
        offer.freed.run();
      }
    } finally {
      lock.lock();
      try {
        gone = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
