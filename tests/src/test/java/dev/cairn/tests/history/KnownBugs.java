package dev.cairn.tests.history;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;

/**
 * What the random histories step around until it is repaired; each is a disabled test in {@link
 * HistoryKnownBugsTest}. To be deleted with the last of them.
 */
final class KnownBugs {
  private KnownBugs() {}

  /**
   * A rewrite of a capped layer also folds what was said of points above the cap: in a fork, these
   * lie in other layers, and their labels and forgotten marks are lost.
   */
  static boolean foldsTooMuch(Manifest manifest) {
    for (FileEntry layer : manifest.layers()) {
      long from = layer.through() + 1;
      long to = layer.name().last();
      boolean labels = !manifest.marks().labels().subMap(from, to + 1).isEmpty();
      boolean forgotten =
          manifest.marks().forgotten().ranges().stream()
              .anyMatch(range -> range.from() <= to && range.to() >= from);
      if (layer.through() < to && (labels || forgotten)) {
        return true;
      }
    }
    return false;
  }
}
