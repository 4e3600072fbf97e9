package dev.cairn.chain;

import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.BaseWriter;
import dev.cairn.store.file.FileHeader;
import dev.cairn.store.file.PointLayout;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Optional;

/**
 * The first checkpoint of a chain whose pages come in any order, and again and again: they go into
 * the base image's own file at once, and become a point when all have come. Not thread-safe, but
 * may be handed from one thread to another. Closed without {@link #commit} it leaves nothing
 * behind; what fails can only be closed.
 */
public final class FirstCheckpoint implements Closeable {
  private final NewPoint made;
  private final ChainSnapshot snapshot;
  private final StoreOutput out;
  private final BaseWriter writer;
  private boolean closed;

  private FirstCheckpoint(
      NewPoint made, ChainSnapshot snapshot, StoreOutput out, BaseWriter writer) {
    this.made = made;
    this.snapshot = snapshot;
    this.out = out;
    this.writer = writer;
  }

  /**
   * Begins one, if the chain has no point yet.
   *
   * @param memory for what is known of the pages
   */
  public static Optional<FirstCheckpoint> begin(
      Chain chain, RamLayout layout, BaseWriter.Columns memory) throws IOException {
    ChainSnapshot snapshot = chain.snapshot();
    boolean done = false;
    try {
      if (snapshot.manifest().tip().isPresent()) {
        return Optional.empty();
      }
      NewPoint made = NewPoint.on(chain, snapshot, layout);
      FileHeader header = made.header();
      StoreOutput out = chain.directory().create(header.name().temporary());
      try {
        BaseWriter writer = new BaseWriter(header, out, made.layout(), memory);
        done = true;
        return Optional.of(new FirstCheckpoint(made, snapshot, out, writer));
      } finally {
        if (!done) {
          discard(chain, header, out);
        }
      }
    } finally {
      if (!done) {
        snapshot.close();
      }
    }
  }

  private static void discard(Chain chain, FileHeader header, StoreOutput out) throws IOException {
    chain.discard(header.name());
    out.close();
  }

  /**
   * Takes a page's content; that of before counts no more.
   *
   * @param block index into the layout's blocks
   * @param content one page, borrowed for the call
   */
  public void page(int block, long page, MemorySegment content) throws IOException {
    writer.page(ordinal(block, page), page, content);
  }

  /** A page is zero, as all are of which nothing came. */
  public void zero(int block, long page) throws IOException {
    writer.zero(ordinal(block, page), page);
  }

  private int ordinal(int block, long page) throws BadInputException {
    PointLayout layout = made.layout();
    long pages = layout.layout().blocks().get(block).pages(layout.layout().pageSize());
    if (page < 0 || page >= pages) {
      throw new BadInputException(
          "page of block "
              + layout.layout().blocks().get(block).name()
              + ": expected one below "
              + pages
              + ", found "
              + page);
    }
    return layout.ordinals().get(block);
  }

  /**
   * Makes the point, durably.
   *
   * @param label empty for none
   * @param time when the machine was in that state
   * @throws dev.cairn.store.BusyException if somebody else's point was faster
   */
  public Checkpointer.Result commit(DeviceState state, String label, Instant time)
      throws IOException {
    return made.commit(writer, out, new NewPoint.Content(snapshot, state, label, time, true));
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (snapshot;
        out;
        writer) {
      made.chain().discard(made.header().name());
    }
  }
}
