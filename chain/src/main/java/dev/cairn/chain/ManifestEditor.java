package dev.cairn.chain;

import dev.cairn.chain.manifest.Dropped;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.BusyException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.Point;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Applies edits to a manifest: one value in, another value out. Not thread-safe. */
final class ManifestEditor {
  /** Opens the files of the manifest that is being edited, if an edit needs to look into them. */
  @FunctionalInterface
  interface Opener {
    ChainSnapshot open() throws IOException;
  }

  private final Opener opener;
  private final Clock clock;
  private final long generation;
  private final Set<FileName> rotten = new HashSet<>();
  private Manifest m;

  /**
   * @param clock tells the time that holds carry
   */
  ManifestEditor(Manifest head, Opener opener, Clock clock) {
    this.m = head;
    this.opener = opener;
    this.clock = clock;
    this.generation = head.generation() + 1;
  }

  private MarkEditor marks() {
    return new MarkEditor(m, opener);
  }

  /** Returns the next generation after all edits. */
  Manifest apply(List<Edit> edits) throws IOException {
    Manifest head = m;
    for (Edit edit : edits) {
      switch (edit) {
        case Edit.Append append -> append(append);
        case Edit.Replace replace -> replace(replace);
        case Edit.MoveBase move -> moveBase(move);
        case Edit.Repair repair -> repair(repair);
        case Edit.Reserve reserve -> reserve(reserve);
        case Edit.Forward forward -> forward(forward);
        case Edit.Forget forget -> m = marks().forget(forget.points());
        case Edit.Retain retain -> m = marks().retain(retain.policy());
        case Edit.Label label -> m = marks().label(label.point(), label.label());
        case Edit.Pin pin -> m = marks().pin(pin.point(), pin.pinned());
        case Edit.TakeHold hold -> m = marks().take(hold, generation, clock.instant());
        case Edit.ReleaseHold release -> m = marks().release(release.token());
      }
    }
    Manifest next = m.withGeneration(generation);
    return next.withMarks(withDropped(head, next));
  }

  private void append(Edit.Append edit) throws StoreException {
    if (!m.tip().map(Manifest.Tip::id).equals(edit.parent())) {
      throw new BusyException(
          "another writer has put a checkpoint on top meanwhile; capture again");
    }
    FileEntry file = edit.file();
    if (file.name().first() != m.next() || file.name().last() != m.next()) {
      throw new BusyException("checkpoint " + file.name().last() + " is not the next: " + m.next());
    }
    for (FileName name : edit.drawn()) {
      if (m.file(name.fileId()).isEmpty()) {
        throw new BusyException(name + " was packed meanwhile; capture again");
      }
    }
    List<String> blocks = new ArrayList<>(m.blocks());
    blocks.addAll(edit.blocks());
    List<FileEntry> files = new ArrayList<>(m.files());
    files.add(file.bornAt(generation));
    m =
        new Manifest(
                m.identity(),
                m.generation(),
                m.next() + 1,
                Optional.of(new Manifest.Tip(file.name().last(), file.throughId())),
                blocks,
                files,
                m.marks(),
                m.ingested() + edit.ingestedBytes(),
                m.written() + edit.writtenBytes(),
                m.optional())
            .withFiles(files);
  }

  private void replace(Edit.Replace edit) throws IOException {
    try (ChainSnapshot snapshot = opener.open()) {
      replace(edit, snapshot);
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

  private void moveBase(Edit.MoveBase edit) throws IOException {
    if (!m.base().equals(Optional.of(edit.replaced()))) {
      throw new BusyException("the base has moved meanwhile");
    }
    FileEntry base = edit.added().bornAt(generation);
    if (m.tip().isEmpty() || base.through() > m.tip().get().number()) {
      throw changedMeanwhile();
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

  private void reserve(Edit.Reserve edit) throws BusyException {
    requireUnchanged(edit.generation());
    m = m.withNext(Math.max(m.next(), edit.next()));
  }

  /**
   * {@code next} always grows: an append that is being written over the state before finds its
   * number taken, though the tip may be the same.
   */
  private void forward(Edit.Forward edit) throws BusyException {
    requireUnchanged(edit.generation());
    Manifest to = edit.newer();
    List<FileEntry> files = new ArrayList<>();
    for (FileEntry entry : to.files()) {
      files.add(entry.bornAt(born(entry)));
    }
    SortedSet<Long> pins = new TreeSet<>(to.marks().pins());
    pins.addAll(m.marks().pins());
    Manifest.Marks marks = to.marks();
    m =
        new Manifest(
            m.identity(),
            m.generation(),
            Math.max(m.next() + 1, to.next()),
            to.tip(),
            to.blocks(),
            files,
            new Manifest.Marks(
                marks.forgotten(), marks.labels(), pins, m.marks().holds(), m.marks().dropped()),
            to.ingested(),
            to.written(),
            to.optional());
  }

  /** What came back from among the dropped files was never away for a hold. */
  private long born(FileEntry entry) {
    return m.file(entry.fileId())
        .map(FileEntry::born)
        .or(
            () ->
                m.marks().dropped().stream()
                    .filter(d -> d.name().equals(entry.name()))
                    .map(Dropped::born)
                    .findFirst())
        .orElse(generation);
  }

  private void requireUnchanged(long expected) throws BusyException {
    if (m.generation() != expected) {
      throw changedMeanwhile();
    }
  }

  static BusyException changedMeanwhile() {
    return new BusyException(
        "the chain changed meanwhile; stop what writes or merges it, and try again");
  }

  private void repair(Edit.Repair edit) throws BusyException {
    requireUnchanged(edit.generation());
    long tip = edit.tip().number();
    Manifest.Marks marks = m.marks();
    PointSet forgotten = marks.forgotten().union(edit.damaged().ranges());
    forgotten = forgotten.without(tip, Long.MAX_VALUE);
    PointSet gone = forgotten;
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels().headMap(tip + 1));
    labels.keySet().removeIf(gone::contains);
    SortedSet<Long> pins = new TreeSet<>(marks.pins().headSet(tip + 1));
    pins.removeIf(gone::contains);
    List<Hold> holds =
        marks.holds().stream().filter(h -> h.point() <= tip && !gone.contains(h.point())).toList();
    rotten.addAll(edit.tainted());
    // Born anew: older holds do not keep it when it leaves.
    List<FileEntry> files =
        edit.files().stream()
            .map(file -> rotten.contains(file.name()) ? file.bornAt(generation) : file)
            .toList();
    m =
        new Manifest(
                m.identity(),
                m.generation(),
                m.next(),
                Optional.of(edit.tip()),
                m.blocks(),
                files,
                new Manifest.Marks(gone, labels, pins, holds, marks.dropped()),
                m.ingested(),
                m.written(),
                m.optional())
            .withFiles(files);
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

  /** Lists what left the manifest and is still held, and forgets what no hold needs any more. */
  private Manifest.Marks withDropped(Manifest head, Manifest next) {
    Manifest.Marks marks = next.marks();
    List<Dropped> dropped = new ArrayList<>(marks.dropped());
    for (FileEntry entry : head.files()) {
      if (next.file(entry.fileId()).isEmpty()) {
        dropped.add(new Dropped(entry, next.generation()));
      }
    }
    dropped.removeIf(d -> marks.holds().stream().noneMatch(d::isHeldBy));
    dropped.removeIf(d -> next.file(d.name().fileId()).isPresent());
    dropped.removeIf(d -> rotten.contains(d.name()));
    return new Manifest.Marks(
        marks.forgotten(), marks.labels(), marks.pins(), marks.holds(), dropped);
  }
}
