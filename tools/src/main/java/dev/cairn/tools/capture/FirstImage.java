package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.FirstCheckpoint;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.BaseWriter;
import dev.cairn.tools.migration.RamSink;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The base image of a chain without points while a stream brings it: its pages go into its file at
 * once, and what is known of them is part of the buffer. Not thread-safe, but may be handed from
 * one thread to another. Closed without {@link #commit} it leaves nothing behind.
 */
final class FirstImage implements RamSink, Closeable {
  private final FirstCheckpoint checkpoint;
  private final Slabs slabs;

  private FirstImage(FirstCheckpoint checkpoint, Slabs slabs) {
    this.checkpoint = checkpoint;
    this.slabs = slabs;
  }

  /** Begins one, if the chain has no point. */
  static Optional<FirstImage> begin(Chain chain, RamLayout layout, SpoolMemory memory)
      throws IOException {
    Slabs slabs = new Slabs(memory);
    return FirstCheckpoint.begin(chain, layout, slabs).map(made -> new FirstImage(made, slabs));
  }

  /** Memory of the buffer, region by region. */
  private static final class Slabs implements BaseWriter.Columns {
    private static final int IN_SLAB = SpoolMemory.SLAB_BYTES / REGION_BYTES;

    private final SpoolMemory memory;
    private final List<SpoolMemory.Slab> taken = new ArrayList<>();
    private int regions;
    private @Nullable Spool lender;

    Slabs(SpoolMemory memory) {
      this.memory = memory;
    }

    @Override
    public MemorySegment take() throws IOException {
      if (regions == taken.size() * IN_SLAB) {
        long held = (long) taken.size() * SpoolMemory.SLAB_BYTES;
        SpoolMemory.Slab slab = held >= memory.mostBytes() / 2 ? null : take(lender);
        if (slab == null) {
          throw NoRoomException.forTables(memory.mostBytes());
        }
        taken.add(slab);
      }
      long at = (long) (regions++ % IN_SLAB) * REGION_BYTES;
      return taken.getLast().memory().asSlice(at, REGION_BYTES);
    }

    private SpoolMemory.@Nullable Slab take(@Nullable Spool other) throws IOException {
      SpoolMemory.Slab slab = memory.take();
      return slab == null && other != null ? other.spillLast() : slab;
    }

    void give() {
      taken.forEach(memory::give);
      taken.clear();
    }
  }

  /** It was begun with the layout. */
  @Override
  public void layout(RamLayout layout) {}

  @Override
  public void page(int block, long page, MemorySegment content) throws IOException {
    checkpoint.page(block, page, content);
  }

  @Override
  public void zero(int block, long page) throws IOException {
    checkpoint.zero(block, page);
  }

  /**
   * Makes the point, durably.
   *
   * @param above what came last, and goes over the rest; stays the caller's
   */
  Checkpointer.Result commit(Spool above, DeviceState state, String label, Instant time)
      throws IOException {
    slabs.lender = above;
    try (Arena arena = Arena.ofConfined()) {
      above.handTo(this, arena.allocate(Spool.PAGE, 64));
    }
    return checkpoint.commit(state, label, time);
  }

  @Override
  public void close() throws IOException {
    checkpoint.close();
    slabs.give();
  }
}
