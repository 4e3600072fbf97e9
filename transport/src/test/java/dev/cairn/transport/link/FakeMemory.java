package dev.cairn.transport.link;

import dev.cairn.transport.rdma.RemoteMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One side of a connection that reads its peer's memory, where both are in this process: keys are
 * of all that is offered through one {@link Device}. Thread-safe.
 */
final class FakeMemory implements RemoteMemory {
  /** What is offered, by its rkey. */
  static final class Device {
    private final Map<Integer, MemorySegment> offered = new ConcurrentHashMap<>();
    private final AtomicInteger keys = new AtomicInteger();

    int offers() {
      return offered.size();
    }
  }

  private record Read(long address, int rkey, MemorySegment into, Outcome outcome) {}

  private final Device device;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final List<MemorySegment> lent = new ArrayList<>(); // guarded by this, as all below
  private final Deque<Read> held = new ArrayDeque<>();
  private final List<FakeOffer> offers = new ArrayList<>();
  private boolean holds;
  private boolean gone;
  private @Nullable IOException refusal;

  FakeMemory(Device device) {
    this.device = device;
  }

  /** From now on READs wait. */
  synchronized void hold() {
    holds = true;
  }

  /** From now on nothing can be registered. */
  synchronized void refuse(IOException why) {
    refusal = why;
  }

  synchronized int underWay() {
    return held.size();
  }

  /** Does those READs that wait. */
  void release() throws IOException {
    List<Read> all;
    synchronized (this) {
      holds = false;
      all = List.copyOf(held);
      held.clear();
    }
    for (Read read : all) {
      copy(read);
    }
  }

  @Override
  public synchronized void lend(MemorySegment memory) throws IOException {
    if (refusal != null) {
      throw refusal;
    }
    lent.add(memory);
  }

  @Override
  public synchronized boolean isLent(MemorySegment into) {
    return lent.stream()
        .anyMatch(
            m ->
                into.address() >= m.address()
                    && into.address() + into.byteSize() <= m.address() + m.byteSize());
  }

  @Override
  public void read(long address, int rkey, MemorySegment into, Outcome outcome) throws IOException {
    Read read = new Read(address, rkey, into, outcome);
    synchronized (this) {
      if (gone) {
        throw new IOException("the connection has gone");
      }
      if (holds) {
        held.add(read);
        return;
      }
    }
    copy(read);
  }

  private void copy(Read read) throws IOException {
    MemorySegment from = device.offered.get(read.rkey);
    long at = from == null ? -1 : read.address - from.address();
    if (from == null || at < 0 || at + read.into.byteSize() > from.byteSize()) {
      throw new IOException("status 10");
    }
    MemorySegment.copy(from, at, read.into, 0, read.into.byteSize());
    read.outcome.done();
  }

  @Override
  public synchronized Offered offer(MemorySegment memory, Runnable freed) throws IOException {
    if (refusal != null || gone) {
      freed.run();
      throw refusal == null ? new IOException("the connection has gone") : refusal;
    }
    int rkey = device.keys.incrementAndGet();
    device.offered.put(rkey, memory);
    FakeOffer offer = new FakeOffer(new Key(memory.address(), rkey), freed);
    offers.add(offer);
    return offer;
  }

  private final class FakeOffer implements Offered {
    private final Key key;
    private final Runnable freed;

    FakeOffer(Key key, Runnable freed) {
      this.key = key;
      this.freed = freed;
    }

    @Override
    public Key key() {
      return key;
    }

    @Override
    public void close() {
      synchronized (FakeMemory.this) {
        if (!offers.remove(this)) {
          return;
        }
        device.offered.remove(key.rkey());
      }
      freed.run();
    }
  }

  /** The connection ends: what was under way fails. */
  private void end() {
    List<Read> failed;
    List<FakeOffer> left;
    synchronized (this) {
      if (gone) {
        return;
      }
      gone = true;
      failed = List.copyOf(held);
      held.clear();
      left = List.copyOf(offers);
    }
    failed.forEach(read -> read.outcome.failed(new IOException("flushed")));
    left.forEach(FakeOffer::close);
    ended.countDown();
  }

  @Override
  public void awaitGone() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A connection with that beside it. */
  record FakeCarrier(Carrier plain, FakeMemory memory) implements Carrier {
    @Override
    public int read(ByteBuffer into) throws IOException {
      return plain.read(into);
    }

    @Override
    public int read(ByteBuffer first, ByteBuffer second) throws IOException {
      return plain.read(first, second);
    }

    @Override
    public void write(ByteBuffer first, ByteBuffer second) throws IOException {
      plain.write(first, second);
    }

    @Override
    public void endOutput() throws IOException {
      plain.endOutput();
    }

    @Override
    public void shutdown() {
      plain.shutdown();
      memory.end();
    }

    @Override
    public String name() {
      return plain.name();
    }

    @Override
    public Optional<RemoteMemory> remoteMemory() {
      return Optional.of(memory);
    }
  }
}
