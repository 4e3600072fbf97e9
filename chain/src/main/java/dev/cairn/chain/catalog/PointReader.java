package dev.cairn.chain.catalog;

import dev.cairn.chain.Chain;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import java.io.IOException;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Reads the points of a chain out of the few files that list them. Immutable. */
final class PointReader {
  private PointReader() {}

  /**
   * Returns the restore points of a manifest from a checkpoint on, by number. Opens only the files
   * that can list one.
   *
   * @throws java.nio.file.NoSuchFileException if the manifest is no longer the chain's
   */
  static NavigableMap<Long, CatalogPoint> read(Chain chain, Manifest manifest, long from)
      throws IOException {
    NavigableMap<Long, CatalogPoint> points = new TreeMap<>();
    for (FileEntry entry : manifest.indexes()) {
      if (entry.through() >= from) {
        try (OpenFile file =
            OpenFile.open(entry.name(), chain.directory().open(entry.name().text()))) {
          for (Point point : file.points()) {
            long n = point.checkpoint();
            if (n >= from && manifest.isRetained(entry, n)) {
              points.put(n, row(chain.name(), manifest, point));
            }
          }
        }
      }
    }
    return points;
  }

  private static CatalogPoint row(String chain, Manifest manifest, Point point) {
    long n = point.checkpoint();
    return new CatalogPoint(
        point.time(),
        chain,
        n,
        manifest.marks().labels().getOrDefault(n, point.label()),
        point.written().pages(),
        point.written().bytes());
  }
}
