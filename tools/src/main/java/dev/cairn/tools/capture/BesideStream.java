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
 */
final class BesideStream implements RamSink, Closeable {
  private static final int BATCHES = 8;
  private static final int MOST_PAGES = 64;
  private static final int MOST_ENTRIES = 512;
  private static final Duration LONG = Duration.ofHours(1);

  /** Told again and again while a disk is waited for; may end it. */
  @FunctionalInterface
  interface Beat {
    void beat() throws IOException;
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

  private final RamSink target;
  private final Arena arena = Arena.ofShared();
  private final BlockingQueue<Batch> free = new LinkedBlockingQueue<>();
  private final BlockingQueue<Batch> full = new LinkedBlockingQueue<>();
  private final Batch end = new Batch(MemorySegment.NULL);
  private final Thread thread;
  private Beat beat = () -> {};
  private Duration every = LONG;
  private Batch filling;
  private boolean ended;
  private volatile boolean givenUp;
  private volatile @Nullable IOException failure;

  /** Starts the thread; the target is its own until {@link #finish} or {@link #close} returns. */
  BesideStream(RamSink target) {
    this.target = target;
    MemorySegment all = arena.allocate((long) BATCHES * MOST_PAGES * Spool.PAGE, 4096);
    for (int i = 0; i < BATCHES; i++) {
      long bytes = (long) MOST_PAGES * Spool.PAGE;
      free.add(new Batch(all.asSlice(i * bytes, bytes)));
    }
    filling = free.remove();
    thread = Thread.ofPlatform().name("cairn-stream").start(this::work);
  }

  /** Tells whom to tell that a disk is waited for, and how often. */
  void beats(Beat told, Duration interval) {
    beat = told;
    every = interval;
  }

  /** The target has it. */
  @Override
  public void layout(RamLayout layout) {}

  @Override
  public void page(int block, long page, MemorySegment content) throws IOException {
    Batch batch = room();
    MemorySegment.copy(content, 0, batch.place(batch.pages), 0, Spool.PAGE);
    add(batch, block, page, batch.pages++);
  }

  @Override
  public void zero(int block, long page) throws IOException {
    add(room(), block, page, -1);
  }

  private static void add(Batch batch, int block, long page, int place) {
    batch.blocks[batch.entries] = block;
    batch.numbers[batch.entries] = page;
    batch.places[batch.entries++] = place;
  }

  private Batch room() throws IOException {
    if (!filling.isFull()) {
      return filling;
    }
    full.add(filling);
    Batch next = null;
    while (next == null) {
      check();
      try {
        next = free.poll(every.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while a stream was stored");
      }
      if (next == null) {
        beat.beat();
      }
    }
    filling = next;
    return next;
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
      batch.handTo(target);
    } catch (IOException e) {
      failure = e;
    } catch (RuntimeException | Error e) {
      failure = new IOException("storing a stream ended by " + e, e);
    }
  }

  /** Waits until all is with the target. */
  void finish() throws IOException {
    full.add(filling);
    end();
    check();
  }

  private void end() throws InterruptedIOException {
    if (ended) {
      return;
    }
    full.add(end);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a stream was stored");
    }
    ended = true;
    arena.close();
  }

  /** Lets go of what is on its way. */
  @Override
  public void close() throws IOException {
    givenUp = true;
    end();
  }
}
