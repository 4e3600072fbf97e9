package dev.cairn.transport.receive;

import dev.cairn.store.BadInputException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.Outcome;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongPredicate;

/**
 * Fetches what plans hand out, over any number of data links: so many pieces are outstanding on
 * each, and each has memory of its own. Thread-safe.
 */
final class Fetcher implements Closeable {
  /** Outstanding on a link: transport/PROTOCOL.md, Bulk. */
  private static final int PIECES_A_LINK = 4;

  private static final int PIECE_BYTES = 1 << 20;

  /** Is told of a piece that is here, by the thread that put it there. */
  @FunctionalInterface
  interface Arrival {
    void at(Piece piece) throws IOException;
  }

  private final Arrival arrival;
  private final Pace pace;
  private final Arena arena = Arena.ofShared();
  private final ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor();

  /** Those that no link has: more links than were agreed on wait for each other. */
  private final LinkedBlockingQueue<Memory> free = new LinkedBlockingQueue<>();

  /**
   * @param most data links that fetch at once; each has 4 MiB
   * @param pace how fast it may ask
   */
  Fetcher(Arrival arrival, int most, Pace pace) {
    this.arrival = arrival;
    this.pace = pace;
    for (int i = 0; i < most; i++) {
      free.add(new Memory(arena.allocate((long) PIECES_A_LINK * PIECE_BYTES, 4096)));
    }
  }

  /** What one link fetches into. Thread-safe: a piece is of who took it. */
  private static final class Memory {
    final MemorySegment whole;
    private final LinkedBlockingQueue<MemorySegment> pieces = new LinkedBlockingQueue<>();

    Memory(MemorySegment whole) {
      this.whole = whole;
      for (int i = 0; i < PIECES_A_LINK; i++) {
        pieces.add(whole.asSlice((long) i * PIECE_BYTES, PIECE_BYTES));
      }
    }

    MemorySegment take() throws InterruptedException {
      return pieces.take();
    }

    void give(MemorySegment piece) {
      pieces.add(piece);
    }

    /** Waits until all are here, however often this thread is interrupted. */
    void awaitAll() {
      List<MemorySegment> all = new ArrayList<>();
      boolean interrupted = false;
      while (all.size() < PIECES_A_LINK) {
        try {
          all.add(pieces.take());
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      pieces.addAll(all);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** One source as far as fetching is concerned. Thread-safe. */
  static final class Reach {
    private final Set<Long> lacking = ConcurrentHashMap.newKeySet();
    private final LongPredicate has;
    private volatile Lacking listener = (_, _) -> {};

    /** Is told of a file that the source does not have. */
    @FunctionalInterface
    interface Lacking {
      void at(long file, FailureException why);
    }

    /**
     * @param has tells whether its state names a file
     */
    Reach(LongPredicate has) {
      this.has = has;
    }

    /** Returns that of a source whose state is the one to come; it says so if a file is gone. */
    static Reach everything() {
      return new Reach(_ -> true);
    }

    boolean serves(long file) {
      return !lacking.contains(file) && has.test(file);
    }

    void onLacking(Lacking told) {
      listener = told;
    }

    void lacks(long file, FailureException why) {
      lacking.add(file);
      listener.at(file, why);
    }
  }

  /**
   * Fetches over a link until it is lost, or nothing more is to come. Returns when nothing is
   * outstanding there any more.
   */
  void run(FetchPlan plan, Link link, Reach reach) throws InterruptedException {
    Memory memory = free.take();
    Stretch stretch = new Stretch(pace.isFree() ? link.stretch() / PIECE_BYTES : 0);
    plan.begin(stretch);
    try {
      if (stretch.most() > 0) {
        link.lend(memory.whole);
      }
      boolean alive = true;
      while (alive) {
        MemorySegment buffer = memory.take();
        boolean asked = false;
        try {
          Optional<Piece> piece = take(plan, reach, stretch, link);
          asked = piece.isPresent();
          alive = asked && fetch(plan, link, reach, piece.get(), memory, buffer);
        } finally {
          if (!asked) {
            memory.give(
                buffer); // also when this thread is interrupted: else it waits for ever below
          }
        }
      }
    } finally {
      plan.end(stretch);
      memory.awaitAll();
      free.add(memory);
    }
  }

  /** Takes the next piece when its time has come, and tells the link of a stretch that begins. */
  private Optional<Piece> take(FetchPlan plan, Reach reach, Stretch stretch, Link link)
      throws InterruptedException {
    Optional<Piece> piece = plan.take(reach::serves, stretch);
    if (piece.isPresent()) {
      try {
        pace.take(piece.get().range().length());
      } catch (InterruptedException e) {
        plan.lost(piece.get());
        throw e;
      }
    }
    try {
      for (Stretch.Told told : stretch.fresh()) {
        link.expect(told.file(), told.offset(), told.length());
      }
    } catch (LinkLostException _) {
      // To fetch over it will say so.
    }
    return piece;
  }

  private boolean fetch(
      FetchPlan plan, Link link, Reach reach, Piece piece, Memory memory, MemorySegment buffer) {
    MemorySegment into = buffer.asSlice(0, piece.range().length());
    AtomicBoolean told = new AtomicBoolean();
    Outcome outcome =
        new Outcome() {
          @Override
          public void done() {
            writers.execute(
                () -> {
                  put(plan, piece, into);
                  free();
                });
          }

          @Override
          public void failed(IOException why) {
            if (told.getAndSet(true)) {
              return;
            }
            if (why instanceof FailureException failure) {
              refused(plan, reach, piece, failure);
            } else if (why.getCause() instanceof BadInputException fault) {
              plan.wrong(piece, fault); // the source breaks the protocol, and will again
            }
            plan.lost(piece);
            free();
          }

          private void free() {
            memory.give(buffer);
          }
        };
    try {
      link.fetch(piece.file().entry().fileId(), piece.range().offset(), into, outcome);
      return true;
    } catch (LinkLostException e) {
      outcome.failed(e);
      return false;
    }
  }

  private void put(FetchPlan plan, Piece piece, MemorySegment bytes) {
    try {
      piece.put(bytes);
      arrival.at(piece);
      plan.done(piece);
    } catch (CorruptFileException e) {
      plan.wrong(piece, e);
    } catch (IOException | RuntimeException e) {
      plan.fail(e instanceof IOException io ? io : new IOException(e));
      plan.lost(piece);
    }
  }

  /** What one source cannot give another one may have. */
  private static void refused(FetchPlan plan, Reach reach, Piece piece, FailureException failure) {
    switch (failure.code()) {
      case NO_SUCH, NOT_YET, DAMAGED, NO_RIGHT ->
          reach.lacks(piece.file().entry().fileId(), failure);
      case FAILED, CANNOT_BE, VERSION, BUSY, TOO_MUCH -> plan.wrong(piece, failure);
    }
  }

  /** To be closed when nobody fetches any more. */
  @Override
  public void close() {
    writers.close();
    arena.close();
  }
}
