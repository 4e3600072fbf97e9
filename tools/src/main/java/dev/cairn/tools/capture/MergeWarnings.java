package dev.cairn.tools.capture;

import dev.cairn.merge.BackgroundMerger;
import dev.cairn.merge.Merger;
import java.io.IOException;
import java.util.function.Consumer;

/** Tells of the merger beside a capture only that it has stopped. Immutable. */
record MergeWarnings(Consumer<String> warnings) implements BackgroundMerger.Listener {
  @Override
  public void merged(Merger.Report report) {}

  @Override
  public void failed(IOException failure) {}

  @Override
  public void stopped(IOException failure) {
    warnings.accept(
        "merging in the background has stopped: "
            + Faults.message(failure)
            + "; to merge by hand: cairn merge");
  }
}
