package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.ChainStats;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Progress;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.merge.BackgroundMerger;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Stores checkpoints in a chain, which is merged and thinned out beside it. Not thread-safe. */
final class ChainWriter implements PointWriter {
  /**
   * How points are stored. Immutable.
   *
   * @param label of the first one; empty for none
   * @param threads that compare whole images
   */
  record Style(String label, FrameCodec codec, int threads) {}

  /** What a chain stores and what of it is alive is not asked more often: it opens all files. */
  private static final Duration BETWEEN_MEASURES = Duration.ofSeconds(10);

  private final Chain chain;
  private final BackgroundMerger merger;
  private final Thinning thinning;
  private final Style style;
  private Instant measure = Instant.MIN;
  private boolean labelled;

  ChainWriter(Chain chain, BackgroundMerger merger, Thinning thinning, Style style) {
    this.chain = chain;
    this.merger = merger;
    this.thinning = thinning;
    this.style = style;
  }

  @Override
  public Stored write(Taken taken, Optional<Id> parent) throws IOException {
    if (!merger.awaitRoom()) {
      throw new IOException(
          "merging has stopped, and chain "
              + chain.name()
              + " has too many layers; see: cairn verify "
              + chain.name());
    }
    String label = labelled ? "" : style.label();
    SpoolImage image = withFigures(taken);
    Instant time = taken.figures().time();
    Checkpointer.Result result;
    if (taken.base().isPresent()) {
      result = taken.base().get().commit(image.spool(), image.deviceState(), label, time);
    } else {
      Checkpointer.Options options =
          new Checkpointer.Options(label, !image.whole(), style.codec(), style.threads(), parent);
      result = new Checkpointer(chain).checkpoint(image, options, Progress.NONE, time);
    }
    labelled = true;
    merger.ask();
    thinning.thin();
    return new Stored(
        result.point().checkpoint(),
        result.point().id(),
        result.point().written().pages(),
        result.storedBytes());
  }

  /** Returns what was taken, with what that cost among its sections. */
  private SpoolImage withFigures(Taken taken) throws IOException {
    Manifest manifest = chain.manifest();
    Optional<ChainStats> stats = Optional.empty();
    Instant now = chain.environment().clock().instant();
    if (manifest.tip().isPresent() && !now.isBefore(measure)) {
      measure = now.plus(BETWEEN_MEASURES);
      try (ChainSnapshot snapshot = chain.snapshot()) {
        stats = Optional.of(ChainStats.of(snapshot));
      }
    }
    CaptureFigures figures =
        new CaptureFigures(
            taken.figures().pause().toNanos() / 1000,
            taken.figures().receivedBytes(),
            manifest.ingested(),
            manifest.written(),
            stats.map(ChainStats::storedBytes).orElse(null),
            stats.map(ChainStats::liveBytes).orElse(null));
    SpoolImage image = taken.image();
    List<DeviceSection> sections = new ArrayList<>(image.deviceState().sections());
    sections.add(figures.section());
    return new SpoolImage(image.spool(), image.pages(), new DeviceState(sections));
  }

  @Override
  public void finish() {
    thinning.now();
  }

  @Override
  public boolean isNewest(Id id) throws IOException {
    return chain.manifest().tip().filter(tip -> tip.id().equals(id)).isPresent();
  }
}
