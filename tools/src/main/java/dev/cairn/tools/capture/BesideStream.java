package dev.cairn.tools.capture;

import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.RamSink;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes the pages of a live stream to where they are stored by a thread of its own, in order. Who
 * drains the socket never waits for a disk; for one that is too slow it waits by the beat, and lets
 * QEMU wait. Used by one thread.
 *
 * <p>Order of calls: {@link #awaitRoom} before each {@link #page} and {@link #zero}; then {@link
 * #finish}.
 */
final class BesideStream implements RamSink, Closeable {
  private static final int BATCHES = 8;
  private static final int MOST_PAGES = 64;
  private static final int MOST_ENTRIES = 512;

  /** Within this a guest that has begun to stand still is known of. */
  private static final Duration STEP = Duration.ofMillis(10);

  /** Told again and again while a disk is waited for; may end it. */
  @FunctionalInterface
  interface Beat {
    /** Returns whether the guest stands still: then no disk is to be waited for. */
    boolean beat() throws IOException;
  }

  /** Opens, by the thread beside, where pages are stored: that may wait for a disk, too. */
  @FunctionalInterface
  interface Target {
    RamSink open() throws IOException;
  }

  /** Pages on their way, zero ones without content. */
  private static final class Batch {
    private final MemorySegment contents;
    private final int[] blocks = new int[MOST_ENTRIES];
    private final long[] numbers = new long[MOST_ENTRIES];

    /** Which of the contents; -1 for zeros. */
    private final int[] places = new int[MOST_ENTRIES];

    private int entries;
    private int pages;

    Batch(MemorySegment contents) {
      this.contents = contents;
    }

    boolean isFull() {
      return entries == MOST_ENTRIES || pages == MOST_PAGES;
    }

    void handTo(RamSink sink) throws IOException {
      for (int i = 0; i < entries; i++) {
        if (places[i] < 0) {
          sink.zero(blocks[i], numbers[i]);
        } else {
          sink.page(blocks[i], numbers[i], place(places[i]));
        }
      }
    }

    private MemorySegment place(int i) {
      return contents.asSlice((long) i * Spool.PAGE, Spool.PAGE);
    }
  }

  private final Target target;
  private final Arena arena = Arena.ofShared();
  private final BlockingQueue<Batch> free = new LinkedBlockingQueue<>();
  private final BlockingQueue<Batch> full = new LinkedBlockingQueue<>();
  private final Batch end = new Batch(MemorySegment.NULL);
  private final Thread thread;
  private final Beat beat;

  /** Null: it is full, and there is no other one yet. */
  private @Nullable Batch filling;

  private boolean ended;
  private volatile boolean givenUp;
  private volatile @Nullable IOException failure;

  /** Of the thread beside. */
  private @Nullable RamSink opened;

  /**
   * Starts the thread; the target is its own until {@link #finish} or {@link #close} returns.
   *
   * @param beat is told that a disk is waited for, at least each 10 ms
   */
  BesideStream(Target target, Beat beat) {
    this.target = target;
    this.beat = beat;
    MemorySegment all = arena.allocate((long) BATCHES * MOST_PAGES * Spool.PAGE, 4096);
    for (int i = 0; i < BATCHES; i++) {
      long bytes = (long) MOST_PAGES * Spool.PAGE;
      free.add(new Batch(all.asSlice(i * bytes, bytes)));
    }
    filling = free.remove();
    thread = Thread.ofPlatform().name("cairn-stream").start(this::work);
  }

  /** The target has it. */
  @Override
  public void layout(RamLayout layout) {}

  @Override
  public void page(int block, long page, MemorySegment content) {
    Batch batch = room();
    MemorySegment.copy(content, 0, batch.place(batch.pages), 0, Spool.PAGE);
    add(batch, block, page, batch.pages++);
  }

  @Override
  public void zero(int block, long page) {
    add(room(), block, page, -1);
  }

  private static void add(Batch batch, int block, long page, int place) {
    batch.blocks[batch.entries] = block;
    batch.numbers[batch.entries] = page;
    batch.places[batch.entries++] = place;
  }

  private Batch room() {
    Batch batch = filling;
    if (batch == null || batch.isFull()) {
      throw new IllegalStateException("awaitRoom first");
    }
    return batch;
  }

  /**
   * Waits until there is room for a page.
   *
   * @return false if there is none, and the guest stands still meanwhile
   */
  boolean awaitRoom() throws IOException {
    Batch batch = filling;
    if (batch != null && !batch.isFull()) {
      return true;
    }
    if (batch != null) {
      filling = null;
      full.add(batch);
    }
    check();
    Batch next = free.poll();
    while (next == null && !beat.beat()) {
      next = awaitFree();
      check();
    }
    filling = next;
    return next != null;
  }

  private @Nullable Batch awaitFree() throws InterruptedIOException {
    try {
      return free.poll(STEP.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a stream was stored");
    }
  }

  private void check() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  private void work() {
    try {
      for (Batch batch = full.take(); batch != end; batch = full.take()) {
        if (failure == null && !givenUp) {
          hand(batch);
        }
        batch.entries = 0;
        batch.pages = 0;
        free.add(batch);
      }
    } catch (InterruptedException e) {
      failure = new InterruptedIOException("a stream that was stored was interrupted");
    }
  }

  private void hand(Batch batch) {
    try {
      RamSink into = opened;
      if (into == null) {
        into = target.open();
        opened = into;
      }
      batch.handTo(into);
    } catch (IOException e) {
      failure = e;
    } catch (RuntimeException | Error e) {
      failure = new IOException("storing a stream ended by " + e, e);
    }
  }

  /** Waits until all is with the target. */
  void finish() throws IOException {
    Batch last = filling;
    if (last != null) {
      filling = null;
      full.add(last);
    }
    end();
    check();
  }

  /** An interrupt does not end the waiting: what the thread works with is closed next. */
  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    full.add(end);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    arena.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets go of what is on its way. */
  @Override
  public void close() {
    givenUp = true;
    end();
  }
}
