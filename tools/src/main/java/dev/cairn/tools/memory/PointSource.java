package dev.cairn.tools.memory;

import dev.cairn.chain.PointProjection;
import dev.cairn.chain.PointView;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.PageReader;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The pages of a restore point of a chain that is here: none is ever missing. Thread-safe. */
public final class PointSource implements MemorySource, Closeable {
  private final PointView view;
  private final PointProjection projection;

  /** Takes a point; the view outlives this. */
  public PointSource(PointView view) {
    this.view = view;
    this.projection = new PointProjection(view);
  }

  @Override
  public RamLayout layout() {
    return view.layout();
  }

  @Override
  public Reader reader(Arena arena) {
    PageReader reader = new PageReader(view.layout().pageSize(), arena);
    return new Reader() {
      @Override
      public long missing(int block, long page, long wanted, boolean urgent) {
        return 0;
      }

      @Override
      public long read(int block, long page, long wanted, MemorySegment into) throws IOException {
        return projection.read(reader, block, page, wanted, into);
      }

      @Override
      public void close() {
        reader.close();
      }
    };
  }

  @Override
  public Closeable onArrival(Runnable arrived) {
    return () -> {};
  }

  @Override
  public void close() {
    projection.close();
  }
}
