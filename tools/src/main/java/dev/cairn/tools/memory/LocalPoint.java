package dev.cairn.tools.memory;

import dev.cairn.chain.PageSink;
import dev.cairn.chain.PointView;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Restorer;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import java.io.Closeable;
import java.io.IOException;

/** A restore point of a chain that is here. Thread-safe. */
public final class LocalPoint implements ReadablePoint {
  private final PointView view;
  private final PointSource memory;
  private final Closeable under;

  /** Takes a point; the view outlives this. */
  public LocalPoint(PointView view) {
    this(view, () -> {});
  }

  /**
   * Takes a point.
   *
   * @param under what the view needs: closed with this
   */
  public LocalPoint(PointView view, Closeable under) {
    this.view = view;
    this.under = under;
    this.memory = new PointSource(view);
  }

  @Override
  public long checkpoint() {
    return view.point().checkpoint();
  }

  @Override
  public Id id() {
    return view.point().id();
  }

  @Override
  public RamLayout layout() {
    return view.layout();
  }

  @Override
  public DeviceState deviceState() throws IOException {
    return view.deviceState();
  }

  @Override
  public MemorySource memory() {
    return memory;
  }

  /** Reads by regions, by several threads at once: what lies side by side is read in one piece. */
  @Override
  public void restore(PageSink sink, Progress progress) throws IOException {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    new Restorer(view, sink, progress).run(threads);
  }

  @Override
  public void close() throws IOException {
    memory.close();
    under.close();
  }
}
