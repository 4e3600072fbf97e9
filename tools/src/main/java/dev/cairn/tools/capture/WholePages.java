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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the pages of a whole live stream go: of a chain without points into its base image, else
 * only what differs from the newest point into a spool, both by a thread beside. Of a guest that
 * stands still all goes into a spool at once: no disk is waited for. Where something is on its way
 * into the chain that this would lie on, all of it goes into a spool, and is compared afterwards.
 * Used by one thread; the thread beside opens the parts, which are looked at when it has ended.
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
  private BesideStream.Beat beat = () -> false;
  private boolean paused;
  private boolean handedOn;

  private WholePages(Chain chain, SpoolMemory memory, boolean direct) {
    this.chain = chain;
    this.memory = memory;
    this.direct = direct;
    this.spool = direct ? Spool.ofHalf(memory) : new Spool(memory);
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
    if (direct) {
      beside = new BesideStream(() -> open(layout), beat);
    }
  }

  /** Opens where pages go while the guest runs; called by the thread beside. */
  private RamSink open(RamLayout layout) throws IOException {
    ChainSnapshot opened = snapshot;
    if (opened != null) {
      TipFilter made = new TipFilter(opened, layout, spool);
      filter = made;
      snapshot = null; // it is the filter's
      return made;
    }
    first = FirstImage.begin(chain, layout, memory).orElse(null);
    return first == null ? spool : first; // somebody else's point has come meanwhile
  }

  /** Tells whom to tell that a disk is waited for; before the stream begins. */
  void beats(BesideStream.Beat told) {
    beat = told;
  }

  RamLayout layout() {
    return spool.layout();
  }

  private RamSink sink() throws IOException {
    if (beside == null) {
      return spool;
    }
    // QEMU says by another way that the guest stands still: what it sent before is still under way.
    paused = paused || !beside.awaitRoom();
    return paused ? late : beside;
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
    boolean base = first != null;
    if (beside != null && !base) {
      layOver(filter == null ? spool : filter);
    }
    Optional<Id> point = Optional.empty();
    if (filter != null) {
      filter.finish();
      point = Optional.of(filter.point());
    }
    (base ? spool : late).close();
    SpoolImage.Pages pages = filter == null ? SpoolImage.Pages.WHOLE : SpoolImage.Pages.CHANGED;
    Taken taken =
        new Taken(
            new SpoolImage(base ? late : spool, pages, state),
            new Taken.Basis(forgotten, point),
            figures,
            Optional.empty(),
            Optional.ofNullable(first));
    first = null;
    handedOn = true;
    return taken;
  }

  /** Brings what came in the pause to the rest. */
  private void layOver(RamSink rest) throws IOException {
    spool.lender(late); // which may have taken all that there is
    try (Arena arena = Arena.ofConfined()) {
      late.handTo(rest, arena.allocate(Spool.PAGE, 64));
    } finally {
      spool.lender(null);
    }
  }

  /** Lets go of what has not become a checkpoint. */
  @Override
  public void close() throws IOException {
    if (beside != null) {
      beside.close(); // what it has written, and opened, is looked at from here on
    }
    try (ChainSnapshot _ = snapshot;
        FirstImage _ = first;
        TipFilter _ = filter) {
      if (!handedOn) {
        late.close();
        spool.close();
      }
    }
  }
}
