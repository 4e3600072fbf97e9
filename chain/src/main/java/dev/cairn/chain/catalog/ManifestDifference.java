package dev.cairn.chain.catalog;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Owns the question how much of a chain's rows a newer manifest can have changed. Immutable. */
final class ManifestDifference {
  /** No point can differ. */
  static final long NONE = Long.MAX_VALUE;

  private ManifestDifference() {}

  /**
   * Returns the lowest checkpoint at which two manifests can list different points or labels.
   *
   * <p>Points come from index files, which never change, less what is forgotten, with labels put
   * over them. So below the first index file, the first forgotten point and the first label that
   * the manifests do not share, nothing differs: after an append that is the new point alone, after
   * a merge the merged layers. No generation is compared: it also holds if somebody put an older
   * manifest back, or a chain of another identity in its place.
   */
  static long from(Manifest known, Manifest head) {
    if (!known.identity().chain().equals(head.identity().chain())) {
      return 0;
    }
    return Math.min(
        files(known.indexes(), head.indexes()),
        Math.min(
            forgotten(known.marks().forgotten().ranges(), head.marks().forgotten().ranges()),
            labels(known, head)));
  }

  private static long files(List<FileEntry> known, List<FileEntry> head) {
    int same = 0;
    while (same < known.size()
        && same < head.size()
        && known.get(same).fileId() == head.get(same).fileId()
        && known.get(same).through() == head.get(same).through()) {
      same++;
    }
    long from = NONE;
    if (same < known.size()) {
      from = known.get(same).name().first();
    }
    if (same < head.size()) {
      from = Math.min(from, head.get(same).name().first());
    }
    return from;
  }

  private static long forgotten(List<PointSet.Range> known, List<PointSet.Range> head) {
    int same = 0;
    while (same < known.size() && same < head.size() && known.get(same).equals(head.get(same))) {
      same++;
    }
    long a = same < known.size() ? known.get(same).from() : NONE;
    long b = same < head.size() ? head.get(same).from() : NONE;
    if (a == b && a != NONE) {
      return Math.min(known.get(same).to(), head.get(same).to()) + 1;
    }
    return Math.min(a, b);
  }

  private static long labels(Manifest known, Manifest head) {
    Iterator<Map.Entry<Long, String>> a = known.marks().labels().entrySet().iterator();
    Iterator<Map.Entry<Long, String>> b = head.marks().labels().entrySet().iterator();
    while (a.hasNext() && b.hasNext()) {
      Map.Entry<Long, String> x = a.next();
      Map.Entry<Long, String> y = b.next();
      if (!x.equals(y)) {
        return Math.min(x.getKey(), y.getKey());
      }
    }
    if (a.hasNext()) {
      return a.next().getKey();
    }
    return b.hasNext() ? b.next().getKey() : NONE;
  }
}
