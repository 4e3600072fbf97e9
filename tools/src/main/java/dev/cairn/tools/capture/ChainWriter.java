package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Progress;
import dev.cairn.merge.BackgroundMerger;
import dev.cairn.store.Id;
import dev.cairn.store.file.FrameCodec;
import java.io.IOException;
import java.time.Instant;
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

  private final Chain chain;
  private final BackgroundMerger merger;
  private final Thinning thinning;
  private final Style style;
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
    SpoolImage image = taken.image();
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

  @Override
  public void finish() {
    thinning.now();
  }

  @Override
  public boolean isNewest(Id id) throws IOException {
    return chain.manifest().tip().filter(tip -> tip.id().equals(id)).isPresent();
  }
}
