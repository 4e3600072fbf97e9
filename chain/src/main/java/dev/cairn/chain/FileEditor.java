package dev.cairn.chain;

import dev.cairn.chain.ManifestEditor.Opener;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.BusyException;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.Point;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Puts other files in the place of a chain's: rewritten indexes, page files, a base that moved.
 * What it finds changed meanwhile is refused. For one edit. Not thread-safe.
 */
final class FileEditor {
  private final Opener opener;
  private final long generation;
  private Manifest m;

  /**
   * @param manifest as the edits before have left it
   * @param opener opens the files of the manifest that is being edited
   * @param generation that files are born in
   */
  FileEditor(Manifest manifest, Opener opener, long generation) {
    this.m = manifest;
    this.opener = opener;
    this.generation = generation;
  }

  /** Puts rewritten index files in the place of others. */
  Manifest replace(Edit.Replace edit) throws IOException {
    try (ChainSnapshot snapshot = opener.open()) {
      replace(edit, snapshot);
      return m;
    }
  }

  private void replace(Edit.Replace edit, ChainSnapshot snapshot) throws IOException {
    List<FileEntry> indexes = new ArrayList<>(m.indexes());
    List<FileEntry> former = new ArrayList<>(m.files(Role.DATA));
    long written = m.written();
    for (Edit.Replacement r : edit.replacements()) {
      int at = find(indexes, r.removed());
      requireListed(r, snapshot);
      for (int i = 0; i < r.removed().size(); i++) {
        former.add(indexes.remove(at).asData());
      }
      if (r.added().isPresent()) {
        indexes.add(at, r.added().get().bornAt(generation));
        written += r.added().get().length();
      }
      if (r.folded().isPresent()) {
        fold(r.folded().get());
      }
    }
    for (FileEntry pages : edit.pages()) {
      former.add(pages.bornAt(generation));
      written += pages.length();
    }
    Set<Long> drawn = new HashSet<>();
    edit.drawn().forEach(name -> drawn.add(name.fileId()));
    Set<Long> added = new HashSet<>();
    edit.replacements().forEach(r -> r.added().ifPresent(f -> added.add(f.fileId())));
    drawn.addAll(
        drawnBy(
            indexes.stream().filter(index -> !added.contains(index.fileId())).toList(), snapshot));
    m = m.withWritten(written).withFiles(live(indexes, former, drawn));
  }

  /**
   * A rewrite drops what no point of R sees, by the R that it began with. That is right as long as
   * R only shrinks in its range, and the base only moves forward; else it is refused.
   */
  private void requireListed(Edit.Replacement r, ChainSnapshot snapshot) throws IOException {
    Set<Long> listed = r.folded().map(Edit.Folded::listed).orElse(Set.of());
    for (FileEntry entry : r.removed()) {
      for (Point point : snapshot.file(entry).points()) {
        if (m.isRetained(entry, point.checkpoint()) && !listed.contains(point.checkpoint())) {
          throw new BusyException(
              "point " + point.checkpoint() + " came back while its layer was rewritten");
        }
      }
    }
  }

  /** Returns indexes and those of the former files that they draw upon. */
  private static List<FileEntry> live(
      List<FileEntry> indexes, List<FileEntry> former, Set<Long> drawn) throws BusyException {
    indexes.forEach(index -> drawn.remove(index.fileId()));
    List<FileEntry> files = new ArrayList<>(indexes);
    for (FileEntry entry : former) {
      if (drawn.remove(entry.fileId())) {
        files.add(entry);
      }
    }
    if (!drawn.isEmpty()) {
      throw new BusyException("a file that the new index draws upon has gone; merge again");
    }
    return files;
  }

  /** Puts a later base in the place of the base. */
  Manifest moveBase(Edit.MoveBase edit) throws IOException {
    if (!m.base().equals(Optional.of(edit.replaced()))) {
      throw new BusyException("the base has moved meanwhile");
    }
    FileEntry base = edit.added().bornAt(generation);
    if (m.tip().isEmpty() || base.through() > m.tip().get().number()) {
      throw ManifestEditor.changedMeanwhile();
    }
    try (ChainSnapshot snapshot = opener.open()) {
      List<Point> retained = retained(base.through(), snapshot);
      requireOnly(base, retained);
      Optional<String> label =
          retained.stream()
              .map(own -> m.marks().labels().getOrDefault(own.checkpoint(), own.label()))
              .findFirst();
      moveBase(edit, base, snapshot);
      keepMarks(base.through(), label, edit.folded());
      return m;
    }
  }

  /** Returns the points up to a checkpoint that are retained now. */
  private List<Point> retained(long through, ChainSnapshot snapshot) throws IOException {
    List<Point> retained = new ArrayList<>();
    for (FileEntry entry : m.indexes()) {
      if (entry.name().first() > through) {
        break;
      }
      for (Point point : snapshot.file(entry).points()) {
        long n = point.checkpoint();
        if (n <= through && m.isRetained(entry, n)) {
          retained.add(point);
        }
      }
    }
    return retained;
  }

  /** A base may move only to its own point: none below it may have been taken back meanwhile. */
  private static void requireOnly(FileEntry base, List<Point> retained) throws BusyException {
    for (Point point : retained) {
      if (point.checkpoint() < base.through() || !point.id().equals(base.throughId())) {
        throw new BusyException(
            "point " + point.checkpoint() + " came back while the base was copied");
      }
    }
  }

  /** What was said of the point while it was copied may have been folded into a layer that goes. */
  private void keepMarks(long point, Optional<String> label, Edit.Folded folded) {
    Manifest.Marks marks = m.marks();
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels());
    labels.remove(point);
    label
        .filter(now -> !now.equals(folded.labels().get(point)))
        .ifPresent(now -> labels.put(point, now));
    PointSet forgotten = label.isPresent() ? marks.forgotten() : marks.forgotten().with(point);
    m =
        m.withMarks(
            new Manifest.Marks(forgotten, labels, marks.pins(), marks.holds(), marks.dropped()));
  }

  private void moveBase(Edit.MoveBase edit, FileEntry base, ChainSnapshot snapshot)
      throws BusyException {
    List<FileEntry> indexes = new ArrayList<>(List.of(base));
    List<FileEntry> former = new ArrayList<>(m.files(Role.DATA));
    for (FileEntry layer : m.layers()) {
      if (layer.through() > base.through()) {
        indexes.add(layer);
      } else {
        former.add(layer.asData());
      }
    }
    fold(edit.folded());
    Set<Long> drawn = drawnBy(indexes.subList(1, indexes.size()), snapshot);
    m = m.withWritten(m.written() + edit.writtenBytes()).withFiles(live(indexes, former, drawn));
  }

  /** Finds whole lines: a file that was capped meanwhile is not the one that was rewritten. */
  private static int find(List<FileEntry> indexes, List<FileEntry> removed) throws BusyException {
    int at = indexes.indexOf(removed.getFirst());
    if (at < 0
        || at + removed.size() > indexes.size()
        || !indexes.subList(at, at + removed.size()).equals(removed)) {
      throw new BusyException("the files to be replaced have been replaced already");
    }
    return at;
  }

  /** Returns the ids of all files that indexes draw upon. */
  private static Set<Long> drawnBy(List<FileEntry> indexes, ChainSnapshot snapshot) {
    Set<Long> drawn = new HashSet<>();
    for (FileEntry index : indexes) {
      for (DrawnFile file : snapshot.file(index).files()) {
        drawn.add(file.name().fileId());
      }
    }
    return drawn;
  }

  private void fold(Edit.Folded folded) {
    Manifest.Marks marks = m.marks();
    PointSet forgotten = marks.forgotten().without(folded.from(), folded.to());
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels());
    for (long point : folded.listed()) {
      if (marks.forgotten().contains(point)) {
        forgotten = forgotten.with(point);
      }
    }
    folded.labels().forEach((point, label) -> labels.remove(point, label));
    labels
        .keySet()
        .removeIf(p -> p >= folded.from() && p <= folded.to() && !folded.listed().contains(p));
    m =
        m.withMarks(
            new Manifest.Marks(forgotten, labels, marks.pins(), marks.holds(), marks.dropped()));
  }
}
