package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.BusyException;
import java.io.IOException;

/**
 * Merges a chain that nobody merges, after a checkpoint. Not at each one: who calls {@code merge}
 * himself is left alone, and a checkpoint costs a checkpoint.
 */
final class OverdueMerge {
  /** With more layers a merge is overdue; by policy there are some twelve. */
  static final int MOST_LAYERS = 32;

  private OverdueMerge() {}

  /** Merges if that is overdue and nobody does it; a failure is told, and harms nothing. */
  static void run(Chain chain, Policies policies, Console console) throws IOException {
    if (chain.manifest().layers().size() <= MOST_LAYERS) {
      return;
    }
    try {
      Merger.Report report = new Merger(chain, policies, console.progress("merge")).run();
      console.note("merged: %s", MergeReports.layers(report));
    } catch (BusyException e) {
      console.note("not merged: somebody else is at it");
    } catch (IOException e) {
      console.warn(
          "the point is stored, but merging failed: "
              + e.getMessage()
              + "; run: cairn merge "
              + chain.name());
    }
  }
}
