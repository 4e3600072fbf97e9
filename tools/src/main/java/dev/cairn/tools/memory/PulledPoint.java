package dev.cairn.tools.memory;

import dev.cairn.chain.PageSink;
import dev.cairn.chain.Progress;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.read.ReadEvents;
import dev.cairn.transport.read.ReadSettings;
import dev.cairn.transport.read.RemotePoint;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A restore point that a pull is bringing: its pages are asked of the process that owns the pull.
 * When that is gone and the point has come into the store, it is read there. Thread-safe.
 */
public final class PulledPoint implements ReadablePoint {
  /** Finds the point in the store. */
  @FunctionalInterface
  public interface Finder {
    /**
     * Returns the point, if it is there by now. Called by one thread at a time, until it has found
     * it; what it returns is the caller's.
     *
     * @param id of its checkpoint
     */
    Optional<ReadablePoint> find(Id id) throws IOException;
  }

  /**
   * What it has around it. Immutable.
   *
   * @param notes is told what is as it should be, by any thread
   * @param warnings is told what a person may want to do something about
   * @param again the command that goes on with the pull
   * @param patience how long it is waited for while nobody brings it; none: without end
   */
  public record Around(
      Finder finder,
      Consumer<String> notes,
      Consumer<String> warnings,
      String again,
      Optional<Duration> patience) {}

  /** A pull that is started again at once is not worth a word. */
  private static final long TOLD_NANOS = 2_000_000_000L;

  private final RemotePoint remote;
  private final String name;
  private final State state;

  private PulledPoint(RemotePoint remote, String name, State state) {
    this.remote = remote;
    this.name = name;
    this.state = state;
  }

  /**
   * Finds a point at the owner of its pull.
   *
   * @throws dev.cairn.transport.link.FailureException if it has another one, or none
   * @throws IOException if nobody answers there
   */
  public static PulledPoint open(
      Endpoint endpoint, RemotePoint.Wanted wanted, ReadSettings settings, Around around)
      throws IOException {
    State state = new State(around, wanted.chain());
    RemotePoint remote = RemotePoint.open(endpoint, wanted, settings, state);
    state.id = remote.facts().id();
    String name = wanted.chain() + "@" + remote.facts().checkpoint();
    return new PulledPoint(remote, name, state);
  }

  /** Where its pages are read now, and who wants to know that some came. Thread-safe. */
  private static final class State implements ReadEvents {
    private final Around around;
    private final String chain;
    private final List<Runnable> arrivals = new CopyOnWriteArrayList<>();
    private volatile @Nullable Id id;
    private volatile @Nullable ReadablePoint local;
    private volatile @Nullable IncompleteException gaveUp;

    /**
     * When the owner was lost, 0 while it is there, and whether that was told; of the one thread
     * that looks for it.
     */
    private long lostAt;

    private boolean told;

    State(Around around, String chain) {
      this.around = around;
      this.chain = chain;
    }

    @Override
    public void arrived() {
      arrivals.forEach(Runnable::run);
    }

    @Override
    public void lost(String why) {
      lostAt = System.nanoTime();
      told = false;
    }

    @Override
    public void back() {
      lostAt = 0;
      around.notes.accept("the pull of " + chain + " goes on");
    }

    @Override
    public void refused(String why) {
      around.warnings.accept(
          "the pull of " + chain + " does not give a page, which is asked for again: " + why);
    }

    @Override
    public boolean isElsewhere() {
      Id wanted = id;
      if (wanted == null) {
        return false;
      }
      try {
        ReadablePoint found = around.finder.find(wanted).orElse(null);
        if (found != null) {
          local = found;
          around.notes.accept("the pull of " + chain + " is done: reading what is here");
          arrived();
          return true;
        }
      } catch (IOException e) {
        around.warnings.accept("looking for the point in the store: " + e.getMessage());
      }
      return isGivenUp();
    }

    private boolean isGivenUp() {
      if (lostAt == 0) {
        return false;
      }
      long since = System.nanoTime() - lostAt;
      if (since > TOLD_NANOS && !told) {
        told = true;
        around.warnings.accept(
            "nobody pulls "
                + chain
                + " any more: what is missing is waited for; to go on: "
                + around.again);
      }
      boolean over = around.patience.isPresent() && since > around.patience.get().toNanos();
      if (over) {
        gaveUp =
            new IncompleteException(
                "the point is here only in part, and nobody pulls it; to go on: " + around.again);
        arrived();
      }
      return over;
    }
  }

  @Override
  public long checkpoint() {
    return remote.facts().checkpoint();
  }

  @Override
  public Id id() {
    return remote.facts().id();
  }

  @Override
  public RamLayout layout() {
    return remote.facts().layout();
  }

  @Override
  public DeviceState deviceState() {
    return remote.facts().deviceState();
  }

  /** Returns its name for people. */
  @Override
  public String toString() {
    return name;
  }

  @Override
  public MemorySource memory() {
    return new MemorySource() {
      @Override
      public RamLayout layout() {
        return PulledPoint.this.layout();
      }

      @Override
      public Reader reader(Arena arena) {
        return new ComingReader(remote, state, arena);
      }

      @Override
      public Closeable onArrival(Runnable arrived) {
        state.arrivals.add(arrived);
        return () -> state.arrivals.remove(arrived);
      }
    };
  }

  /** Reads for one thread: over the link, until the point is found to be in the store. */
  private static final class ComingReader implements MemorySource.Reader {
    private final RemotePoint remote;
    private final State state;
    private final Arena arena;
    private MemorySource.@Nullable Reader local;

    ComingReader(RemotePoint remote, State state, Arena arena) {
      this.remote = remote;
      this.state = state;
      this.arena = arena;
    }

    private MemorySource.@Nullable Reader local() throws IOException {
      ReadablePoint found = state.local;
      if (local == null && found != null) {
        local = found.memory().reader(arena);
      }
      return local;
    }

    @Override
    public long missing(int block, long page, long wanted, boolean urgent) throws IOException {
      MemorySource.Reader here = local();
      if (here != null) {
        return here.missing(block, page, wanted, urgent);
      }
      long missing = remote.missing(block, page, wanted, urgent);
      IncompleteException why = state.gaveUp;
      if (missing != 0 && why != null) {
        throw why;
      }
      return missing;
    }

    @Override
    public long read(int block, long page, long wanted, MemorySegment into) throws IOException {
      MemorySource.Reader here = local();
      if (here != null) {
        return here.read(block, page, wanted, into);
      }
      try {
        return remote.read(block, page, wanted, into);
      } catch (IOException e) {
        here = local(); // it was found there meanwhile, and nobody answers here any more
        if (here == null) {
          throw e;
        }
        return here.read(block, page, wanted, into);
      }
    }

    @Override
    public void close() throws IOException {
      if (local != null) {
        local.close();
      }
    }
  }

  @Override
  public void restore(PageSink sink, Progress progress) throws IOException {
    sink.begin(layout(), deviceState());
    new OrderedCopy(memory(), sink, progress).run();
    sink.finish();
  }

  @Override
  public void close() throws IOException {
    remote.close();
    ReadablePoint found = state.local;
    if (found != null) {
      found.close();
    }
  }
}
