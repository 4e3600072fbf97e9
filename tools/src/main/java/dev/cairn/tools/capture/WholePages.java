package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.RamSink;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the pages of a whole live stream go: of a chain without points into its base image, else
 * only what differs from the newest point into a spool, both by a thread beside. Of a guest that
 * stands still all goes into a spool at once: no disk is waited for. Where something is on its way
 * into the chain that this would lie on, all of it goes into a spool, and is compared afterwards.
 * Used by one thread.
 */
final class WholePages implements RamSink, Closeable {
  /** Left to the thread beside for what it has not stored when the pause begins: 2 MiB, twice. */
  private static final int BESIDE_SLABS = 16;

  private final Chain chain;
  private final SpoolMemory memory;
  private final boolean direct;

  /** What differs from the newest point; or all of it, if it goes nowhere else. */
  private final Spool spool;

  /** What came in the pause, if the rest went beside; newer than that. */
  private final Spool late;

  private @Nullable ChainSnapshot snapshot;
  private @Nullable FirstImage first;
  private @Nullable TipFilter filter;
  private @Nullable BesideStream beside;
  private BesideStream.Beat beat = () -> {};
  private Duration every = Duration.ofHours(1);
  private boolean paused;
  private boolean handedOn;

  private WholePages(Chain chain, SpoolMemory memory, boolean direct) {
    this.chain = chain;
    this.memory = memory;
    this.direct = direct;
    this.spool = new Spool(memory);
    this.late = new Spool(memory, BESIDE_SLABS);
  }

  /**
   * Makes all ready that can be before a stream begins.
   *
   * @param direct nothing is on its way into the chain by this capture
   */
  static WholePages begin(Chain chain, SpoolMemory memory, boolean direct) throws IOException {
    WholePages pages = new WholePages(chain, memory, direct);
    if (!direct) {
      return pages;
    }
    ChainSnapshot snapshot = chain.snapshot();
    if (snapshot.manifest().tip().isPresent()) {
      pages.snapshot = snapshot;
    } else {
      snapshot.close();
      chain.sweep(); // a process that died may have left half a base, and the room is needed
    }
    return pages;
  }

  @Override
  public void layout(RamLayout layout) throws IOException {
    spool.layout(layout);
    late.layout(layout);
    ChainSnapshot opened = snapshot;
    if (opened != null) {
      filter = new TipFilter(opened, layout, spool);
      snapshot = null; // it is the filter's
      beside = new BesideStream(filter);
    } else if (direct) {
      first = FirstImage.begin(chain, layout, memory).orElse(null);
      beside = first == null ? null : new BesideStream(first);
    }
    if (beside != null) {
      beside.beats(beat, every);
    }
  }

  /**
   * Tells whom to tell that a disk is waited for.
   *
   * @param interval the longest time between two beats
   */
  void beats(BesideStream.Beat told, Duration interval) {
    beat = told;
    every = interval;
  }

  RamLayout layout() {
    return spool.layout();
  }

  private RamSink sink() {
    return beside == null ? spool : paused ? late : beside;
  }

  @Override
  public void page(int block, long page, MemorySegment content) throws IOException {
    sink().page(block, page, content);
  }

  @Override
  public void zero(int block, long page) throws IOException {
    sink().zero(block, page);
  }

  @Override
  public void paused() {
    paused = true;
  }

  /**
   * Makes the checkpoint, once the guest runs again; its parts are no longer this one's.
   *
   * @param forgotten as in {@link Taken.Basis}
   */
  Taken taken(DeviceState state, boolean forgotten, Taken.Figures figures) throws IOException {
    if (beside != null) {
      beside.finish();
    }
    Optional<Id> point = Optional.empty();
    if (filter != null) {
      spool.lender(late); // which may have taken all that there is
      try (Arena arena = Arena.ofConfined()) {
        late.handTo(filter, arena.allocate(Spool.PAGE, 64));
      }
      filter.finish();
      point = Optional.of(filter.point());
    }
    Spool left = first == null ? late : spool;
    Spool kept = first == null ? spool : late;
    Taken taken =
        new Taken(
            new SpoolImage(kept, filter == null, state),
            new Taken.Basis(forgotten, point),
            figures,
            Optional.empty(),
            Optional.ofNullable(first));
    first = null;
    handedOn = true;
    left.close();
    return taken;
  }

  /** Lets go of what has not become a checkpoint. */
  @Override
  public void close() throws IOException {
    try (ChainSnapshot _ = snapshot;
        FirstImage _ = first;
        TipFilter _ = filter;
        BesideStream _ = beside) {
      if (!handedOn) {
        late.close();
      }
    }
    if (!handedOn) {
      spool.close(); // the thread beside may have written it until then
    }
  }
}
