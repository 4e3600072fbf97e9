package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.merge.BackgroundMerger;
import dev.cairn.merge.Merger;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.tests.SmallPolicies;
import dev.cairn.tools.migration.RamSink;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * All of a capture behind its socket, as it is: spools, the queue, the chain's writer, merging
 * beside it, and retention. What would come from a QEMU comes from a script. Not thread-safe.
 */
public final class ScriptedCapture implements Closeable {
  /** How many pages its machine has. */
  public static final int PAGES = 96;

  /** Its machine. */
  public static final RamLayout LAYOUT =
      new RamLayout(Spool.PAGE, List.of(new RamBlock("pc.ram", (long) PAGES * Spool.PAGE)));

  /** So many points are kept. */
  public static final int KEPT = 2;

  /** Hears what is durable, on the queue's thread. */
  public interface Listener {
    /** A point is; it was not thinned out yet. */
    void stored();

    /** A point is told of: it is durable, and those that no rule keeps are gone. */
    void told();

    void dropped();
  }

  /**
   * A checkpoint as a source sends it. Immutable.
   *
   * @param whole else pages that are not there are as before
   * @param pages numbers that stand for contents; 0 for a page of zeros
   * @param fault whether its disk pair fails, so that it becomes no point
   */
  public record Sent(boolean whole, Map<Long, Integer> pages, DeviceState state, boolean fault) {}

  private final Chain chain;
  private final SpoolMemory memory;
  private final BackgroundMerger merger;
  private final CaptureQueue queue;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment page = arena.allocate(Spool.PAGE, 64);

  /**
   * Attaches to no QEMU.
   *
   * @param failures takes why merging beside it failed
   */
  public ScriptedCapture(
      Chain chain, Path spill, Listener listener, Consumer<IOException> failures) {
    this.chain = chain;
    memory = new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(spill, 1 << 20));
    merger =
        new BackgroundMerger(
            chain,
            SmallPolicies.ALL,
            new BackgroundMerger.Limits(Duration.ofMillis(1), 64, 5),
            new BackgroundMerger.Listener() {
              @Override
              public void merged(Merger.Report report) {}

              @Override
              public void failed(IOException failure) {
                failures.accept(failure);
              }

              @Override
              public void stopped(IOException failure) {
                failures.accept(failure);
              }
            });
    Thinning thinning =
        new Thinning(
            chain,
            new RetentionPolicy(RetentionRules.keepLast(KEPT), ZoneOffset.UTC),
            text -> failures.accept(new IOException(text)),
            new EverySecond(listener));
    queue =
        new CaptureQueue(
            memory,
            new ChainWriter(chain, merger, thinning, new ChainWriter.Style("", FrameCodec.LZ4, 1)),
            new CaptureQueue.Listener() {
              @Override
              public void stored(Taken taken, PointWriter.Stored stored) {
                listener.told();
              }

              @Override
              public void dropped(Taken taken, String why) {
                listener.dropped();
              }
            });
  }

  /** Is asked by each thinning that is due, when the point before it is durable. */
  private static final class EverySecond implements LongSupplier {
    private final Listener listener;
    private long calls;

    EverySecond(Listener listener) {
      this.listener = listener;
    }

    @Override
    public long getAsLong() {
      // First by the constructor, then twice for each point: is it due, and when is it again.
      if (calls++ % 2 == 1) {
        listener.stored();
      }
      return calls * Duration.ofSeconds(1).toNanos();
    }
  }

  /** Returns the attach file of a chain in a store that somebody opens. */
  public static AttachFile attachFile(String chain, StoreRoot store) {
    return new AttachFile(Path.of("/store/run/capture-" + chain + ".json"), store::open);
  }

  /** Opens a store's directory. */
  @FunctionalInterface
  public interface StoreRoot {
    StoreDirectory open() throws IOException;
  }

  /** Puts a checkpoint, and waits until it is durable, or dropped. */
  public void put(Sent sent, Instant time) throws IOException {
    Taken.Figures figures = new Taken.Figures(time, Duration.ofMillis(1), 0);
    Taken taken = sent.whole() ? stream(sent, figures) : delta(sent, figures);
    queue.put(sent.fault() ? taken.withFault("its disk pair failed") : taken);
    queue.awaitEmpty();
  }

  private Taken delta(Sent sent, Taken.Figures figures) throws IOException {
    Spool spool = new Spool(memory);
    spool.layout(LAYOUT);
    for (Map.Entry<Long, Integer> entry : sent.pages().entrySet()) {
      send(spool, entry.getKey(), entry.getValue());
    }
    return new Taken(
        new SpoolImage(spool, SpoolImage.Pages.WRITTEN, sent.state()),
        Taken.Basis.CHAINED,
        figures);
  }

  /** A live stream: what the machine had before comes first, and the last page in its pause. */
  private Taken stream(Sent sent, Taken.Figures figures) throws IOException {
    try (WholePages pages = WholePages.begin(chain, memory, queue.isClear())) {
      pages.layout(LAYOUT);
      for (long number = 0; number < PAGES; number++) {
        send(pages, number, number % 3 == 0 ? 0 : 1_000_000 + (int) number);
      }
      for (long number = PAGES - 1; number > 0; number--) {
        send(pages, number, sent.pages().getOrDefault(number, 0));
      }
      pages.paused();
      send(pages, 0, sent.pages().getOrDefault(0L, 0));
      return pages.taken(sent.state(), true, figures);
    }
  }

  private void send(RamSink into, long number, int value) throws IOException {
    if (value == 0) {
      into.zero(0, number);
    } else {
      page.fill((byte) 0);
      page.set(ValueLayout.JAVA_INT, 0, value);
      into.page(0, number, page);
    }
  }

  /** Detaches: what was put is stored, and merging ends. */
  @Override
  public void close() throws IOException {
    try (memory;
        arena) {
      queue.close();
    } finally {
      merger.close();
    }
  }
}
