package dev.cairn.transport.rdma;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.rdma.RdmaArrivals.Run;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bytes both ways over one RDMA connection. Thread-safe for one reader and one writer at once;
 * anyone may shut it down. Its own thread ({@link RdmaConnection}) takes completions, and nobody
 * who reads or writes waits in the kernel: virtual threads may. It is long because credits, stages
 * and both directions are one state under one lock.
 */
public final class RdmaStream {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final RdmaArrivals arrivals = new RdmaArrivals();
  private final RemoteMemory memory;
  private final int[] freeSends = new int[RdmaQueue.SENDS];
  private int freeSendCount = freeSends.length;

  /** There from OPEN on, until the connection is gone. */
  private @Nullable RdmaQueue queue;

  private int credits = RdmaFormat.BUFFERS;

  /** The next stage to be offered, and how many are offered and not released. */
  private int nextStage;

  private int offered;

  /** The next landing, and how many stages of the peer are read and not released. */
  private int nextLanding;

  private int landings;
  private int owedCredits;
  private int owedStages;

  /** Reader and writer that are copying: its memory stays until they are done. */
  private int copying;

  private boolean peerEnded;
  private boolean closed;
  private @Nullable IOException failure;
  private Runnable disconnect = () -> {};

  RdmaStream(RemoteMemory memory) {
    this.memory = memory;
    for (int i = 0; i < freeSends.length; i++) {
      freeSends[i] = i;
    }
  }

  /** Returns what else the connection can. */
  public RemoteMemory memory() {
    return memory;
  }

  /**
   * Reads what is there; waits for the first byte.
   *
   * @return how many bytes, at least 1; -1 if the peer has ended its side
   * @throws BadInputException if the peer broke the protocol of messages
   */
  public int read(ByteBuffer first, ByteBuffer second) throws IOException {
    int before = first.remaining() + second.remaining();
    if (before == 0) {
      return 0;
    }
    while (first.hasRemaining() || second.hasRemaining()) {
      boolean any = first.remaining() + second.remaining() < before;
      Run run = take(!any);
      if (run == null) {
        return any ? before - first.remaining() - second.remaining() : -1;
      }
      try {
        copy(run, first);
        copy(run, second);
      } finally {
        taken(run);
      }
    }
    return before;
  }

  /** Returns the next run of bytes; null if there is none and nobody waits, or the end is here. */
  private @Nullable Run take(boolean waits) throws IOException {
    lock.lock();
    try {
      while (waits
          && !arrivals.isReady()
          && failure == null
          && !closed
          && !(peerEnded && arrivals.isEmpty())) {
        changed.awaitUninterruptibly();
      }
      if (closed) {
        throw new ClosedChannelException();
      }
      if (!arrivals.isReady()) {
        if (waits && failure != null && !peerEnded) {
          throw again(failure);
        }
        return null;
      }
      copying++;
      return arrivals.first();
    } finally {
      lock.unlock();
    }
  }

  private void copy(Run run, ByteBuffer into) {
    int count = Math.min(run.left(), into.remaining());
    RdmaQueue known = queue;
    if (count == 0 || known == null) {
      return;
    }
    MemorySegment from =
        run.isLanding()
            ? known.landing(run.index())
            : known.received(run.index()).asSlice(RdmaFormat.HEAD_BYTES);
    MemorySegment target = MemorySegment.ofBuffer(into);
    MemorySegment.copy(from, run.taken(), target, 0, count);
    into.position(into.position() + count);
    run.take(count);
  }

  private void taken(Run run) throws IOException {
    lock.lock();
    try {
      copying--;
      if (run.left() == 0) {
        arrivals.removeFirst();
        if (run.isLanding()) {
          landings--;
          owedStages++;
        } else {
          repost(run.index());
        }
        tellOwed();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void repost(int buffer) throws IOException {
    RdmaQueue known = queue;
    if (known != null && failure == null && !closed) {
      known.postReceive(buffer);
      owedCredits++;
    }
  }

  /** Writes all of both; waits while the peer has no room. */
  public void write(ByteBuffer first, ByteBuffer second) throws IOException {
    while (first.hasRemaining() || second.hasRemaining()) {
      int left = first.remaining() + second.remaining();
      if (left <= RdmaFormat.MOST_BYTES) {
        writeMessage(first, second, left);
      } else {
        writeStage(first, second);
      }
    }
  }

  private void writeMessage(ByteBuffer first, ByteBuffer second, int length) throws IOException {
    lock.lock();
    try {
      awaitRoom(false);
      int buffer = begin(RdmaFormat.BYTES, length, 0);
      MemorySegment into = open().sent(buffer);
      long at = RdmaFormat.HEAD_BYTES;
      at += take(first, into, at);
      take(second, into, at);
      open().send(buffer, RdmaFormat.HEAD_BYTES + length);
    } finally {
      lock.unlock();
    }
  }

  /** Only the writer takes stages: one that is free stays so until it has written it. */
  private void writeStage(ByteBuffer first, ByteBuffer second) throws IOException {
    MemorySegment stage;
    lock.lock();
    try {
      awaitRoom(true);
      stage = open().stage(nextStage);
      copying++;
    } finally {
      lock.unlock();
    }
    int length = 0;
    try {
      length += take(first, stage, 0);
      length += take(second, stage, length);
    } finally {
      lock.lock();
      try {
        copying--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    lock.lock();
    try {
      awaitRoom(true);
      int buffer = begin(RdmaFormat.OFFER, length, open().stagesKey());
      open().sent(buffer).set(LONG, RdmaFormat.ADDRESS_AT, stage.address());
      nextStage = (nextStage + 1) % RdmaFormat.STAGES;
      offered++;
      open().send(buffer, RdmaFormat.HEAD_BYTES + RdmaFormat.ADDRESS_BYTES);
    } finally {
      lock.unlock();
    }
  }

  private static int take(ByteBuffer from, MemorySegment into, long at) {
    int count = (int) Math.min(from.remaining(), into.byteSize() - at);
    MemorySegment.copy(MemorySegment.ofBuffer(from), 0, into, at, count);
    from.position(from.position() + count);
    return count;
  }

  /** Says that nothing follows. For the writer. */
  public void endOutput() throws IOException {
    lock.lock();
    try {
      awaitRoom(false);
      int buffer = begin(RdmaFormat.END, 0, 0);
      open().send(buffer, RdmaFormat.HEAD_BYTES);
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(boolean stage) throws IOException {
    while (failure == null
        && !closed
        && (queue == null
            || freeSendCount == 0
            || credits <= RdmaFormat.RESERVE
            || (stage && offered == RdmaFormat.STAGES))) {
      changed.awaitUninterruptibly();
    }
    if (closed) {
      throw new ClosedChannelException();
    }
    if (failure != null) {
      throw again(failure);
    }
  }

  private RdmaQueue open() throws IOException {
    RdmaQueue known = queue;
    if (known == null) {
      throw new ClosedChannelException();
    }
    return known;
  }

  /** Writes the head of a message, with all that is owed; returns its buffer. */
  private int begin(int kind, int length, int rkey) throws IOException {
    int buffer = freeSends[--freeSendCount];
    MemorySegment head = open().sent(buffer);
    head.set(SHORT, RdmaFormat.KIND_AT, (short) kind);
    head.set(SHORT, RdmaFormat.CREDITS_AT, (short) owedCredits);
    head.set(SHORT, RdmaFormat.RELEASED_AT, (short) owedStages);
    head.set(SHORT, RdmaFormat.ZERO_AT, (short) 0);
    head.set(INT, RdmaFormat.LENGTH_AT, length);
    head.set(INT, RdmaFormat.RKEY_AT, rkey);
    owedCredits = 0;
    owedStages = 0;
    credits--;
    return buffer;
  }

  private void tellOwed() throws IOException {
    boolean much = owedStages >= RdmaFormat.MANY_STAGES || owedCredits >= RdmaFormat.MANY_CREDITS;
    if (much && credits > 0 && freeSendCount > 0 && failure == null && !closed && queue != null) {
      int buffer = begin(RdmaFormat.RELEASE, 0, 0);
      open().send(buffer, RdmaFormat.HEAD_BYTES);
    }
  }

  /** The same once more, for each who waits: what it is says what is to be done. */
  private static IOException again(IOException why) {
    String what = String.valueOf(why.getMessage());
    IOException same =
        switch (why) {
          case BadInputException _ -> new BadInputException(what);
          case ConnectException _ -> new ConnectException(what);
          default -> new IOException(what);
        };
    same.initCause(why);
    return same;
  }

  /** Ends both directions, without waiting; who waits in it comes back. */
  public void shutdown() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        changed.signalAll();
        if (!unsent()) {
          disconnect.run(); // wakes the connection's thread, which does the rest
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean unsent() {
    return freeSendCount < freeSends.length || offered > 0;
  }

  // What follows is for the connection's own thread.

  /**
   * The connection is there.
   *
   * @param end ends it, without waiting
   */
  void opened(RdmaQueue made, Runnable end) {
    lock.lock();
    try {
      queue = made;
      disconnect = end;
      if (closed) {
        end.run();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Nullable RdmaQueue queue() {
    lock.lock();
    try {
      return queue;
    } finally {
      lock.unlock();
    }
  }

  /** Tells whether something that was written is still on its way. */
  boolean hasUnsent() {
    lock.lock();
    try {
      return queue != null && unsent();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the connection, if it is there. */
  void disconnect() {
    lock.lock();
    try {
      disconnect.run();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  boolean hasFailed() {
    lock.lock();
    try {
      return failure != null;
    } finally {
      lock.unlock();
    }
  }

  /** Nothing comes any more, nor goes. What has come can be read. */
  void fail(IOException why) {
    lock.lock();
    try {
      if (failure == null) {
        failure = why;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The peer has gone: the stream ends where it is. */
  void disconnected() {
    lock.lock();
    try {
      peerEnded = true;
      if (failure == null) {
        failure = new IOException("the peer has gone");
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void sent(int buffer) throws IOException {
    lock.lock();
    try {
      freeSends[freeSendCount++] = buffer;
      tellOwed();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void landed(int landing) {
    lock.lock();
    try {
      arrivals.landed(landing);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A message has come.
   *
   * @throws BadInputException if it breaks the protocol
   */
  void received(int buffer, int length) throws IOException {
    lock.lock();
    try {
      if (failure != null) {
        return;
      }
      MemorySegment message = open().received(buffer);
      int kind = message.get(SHORT, RdmaFormat.KIND_AT);
      int bytes = message.get(INT, RdmaFormat.LENGTH_AT);
      requireSound(message, length, kind);
      credits += message.get(SHORT, RdmaFormat.CREDITS_AT);
      offered -= message.get(SHORT, RdmaFormat.RELEASED_AT);
      switch (kind) {
        case RdmaFormat.BYTES -> arrivals.addBytes(buffer, bytes);
        case RdmaFormat.OFFER -> {
          int landing = nextLanding;
          nextLanding = (nextLanding + 1) % RdmaFormat.STAGES;
          landings++;
          arrivals.addLanding(landing, bytes);
          long address = message.get(LONG, RdmaFormat.ADDRESS_AT);
          open().read(landing, address, message.get(INT, RdmaFormat.RKEY_AT), bytes);
          repost(buffer);
        }
        case RdmaFormat.RELEASE -> repost(buffer);
        default -> { // END
          peerEnded = true;
          repost(buffer);
        }
      }
      tellOwed();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void requireSound(MemorySegment message, int length, int kind) throws BadInputException {
    require(length >= RdmaFormat.HEAD_BYTES, "a head of 16 bytes", length);
    int bytes = message.get(INT, RdmaFormat.LENGTH_AT);
    int payload = length - RdmaFormat.HEAD_BYTES;
    require(message.get(SHORT, RdmaFormat.ZERO_AT) == 0, "zero", 1);
    switch (kind) {
      case RdmaFormat.BYTES ->
          require(bytes >= 1 && bytes == payload, "1 to 1024 bytes, all of them", bytes);
      case RdmaFormat.OFFER -> {
        require(payload == RdmaFormat.ADDRESS_BYTES, "an address", payload);
        require(bytes >= 1 && bytes <= RdmaFormat.STAGE_BYTES, "1 to 69632 bytes", bytes);
        require(landings < RdmaFormat.STAGES, "at most 8 stages", landings + 1);
      }
      case RdmaFormat.RELEASE, RdmaFormat.END ->
          require(bytes == 0 && payload == 0, "no bytes", bytes);
      default -> require(false, "kind 0x70 to 0x73", kind);
    }
    require(!peerEnded || kind == RdmaFormat.RELEASE, "nothing behind END", kind);
    int more = message.get(SHORT, RdmaFormat.CREDITS_AT);
    require(more >= 0 && credits + more <= RdmaFormat.BUFFERS, "at most 64 credits", more);
    int released = message.get(SHORT, RdmaFormat.RELEASED_AT);
    require(released >= 0 && released <= offered, "at most " + offered + " released", released);
  }

  private static void require(boolean holds, String expected, int actual) throws BadInputException {
    if (!holds) {
      throw new BadInputException("message over RDMA: expected " + expected + ", found " + actual);
    }
  }

  /** Takes the queue away, when nobody copies any more: nobody uses it from now on. */
  @Nullable RdmaQueue released() {
    lock.lock();
    try {
      disconnect = () -> {};
      while (copying > 0) {
        changed.awaitUninterruptibly();
      }
      RdmaQueue was = queue;
      queue = null;
      return was;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until its user has closed it. */
  void awaitClosed() {
    lock.lock();
    try {
      while (!closed) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
