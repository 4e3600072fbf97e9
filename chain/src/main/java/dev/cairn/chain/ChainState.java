package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.file.Point;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** A chain as it ends at one of its points: the state that another host receives. Pure. */
public final class ChainState {
  private ChainState() {}

  /**
   * Cuts a chain off behind a point: transport/PROTOCOL.md, The state to come.
   *
   * @param checkpoint a retained point
   * @param only whether all other points count as forgotten
   * @throws dev.cairn.store.NoSuchPointException if the point is not retained
   */
  public static Manifest upTo(ChainSnapshot snapshot, long checkpoint, boolean only)
      throws IOException {
    Point point = snapshot.point(checkpoint);
    Manifest from = snapshot.manifest();
    long n = point.checkpoint();
    Manifest.Tip tip = new Manifest.Tip(n, point.id());
    List<FileEntry> files = new ArrayList<>(ChainCut.files(from, tip, snapshot::file));
    files.replaceAll(file -> file.bornAt(0));
    return new Manifest(
            from.identity(),
            0,
            from.next(),
            Optional.of(tip),
            from.blocks(),
            files,
            marks(snapshot, n, only),
            from.ingested(),
            from.written(),
            from.optional())
        .withFiles(files);
  }

  private static Manifest.Marks marks(ChainSnapshot snapshot, long n, boolean only)
      throws IOException {
    Manifest.Marks marks = snapshot.manifest().marks();
    PointSet forgotten = marks.forgotten().without(n, Long.MAX_VALUE);
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels().headMap(n + 1));
    SortedSet<Long> pins = new TreeSet<>(marks.pins().headSet(n + 1));
    if (only) {
      List<PointSet.Range> others = new ArrayList<>();
      for (long other : snapshot.points().headMap(n).keySet()) {
        others.add(new PointSet.Range(other, other));
      }
      forgotten = forgotten.union(others);
      labels.keySet().removeIf(other -> other != n);
      pins.removeIf(other -> other != n);
    }
    return new Manifest.Marks(forgotten, labels, pins, List.of(), List.of());
  }
}
