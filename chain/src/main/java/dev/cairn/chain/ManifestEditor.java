package dev.cairn.chain;

import dev.cairn.chain.manifest.Dropped;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.BusyException;
import dev.cairn.store.NoSuchPointException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import java.io.IOException;
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
  private Manifest m;

  ManifestEditor(Manifest head, Opener opener) {
    this.m = head;
    this.opener = opener;
  }

  /** Returns the next generation after all edits. */
  Manifest apply(List<Edit> edits) throws IOException {
    Manifest head = m;
    for (Edit edit : edits) {
      switch (edit) {
        case Edit.Append append -> append(append);
        case Edit.Replace replace -> replace(replace);
        case Edit.Forget forget -> forget(forget);
        case Edit.Label label -> label(label);
        case Edit.Pin pin -> pin(pin);
        case Edit.TakeHold hold -> take(hold);
        case Edit.ReleaseHold release -> release(release);
      }
    }
    Manifest next =
        new Manifest(
            m.identity(),
            head.generation() + 1,
            m.next(),
            m.tip(),
            m.blocks(),
            m.files(),
            m.marks(),
            m.ingested(),
            m.written());
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
    files.add(file);
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
                m.written() + edit.writtenBytes())
            .withFiles(files);
  }

  private void replace(Edit.Replace edit) throws IOException {
    List<FileEntry> indexes = new ArrayList<>(m.indexes());
    List<FileEntry> former = new ArrayList<>(m.files(Role.DATA));
    long written = m.written();
    for (Edit.Replacement r : edit.replacements()) {
      int at = find(indexes, r.removed());
      for (int i = 0; i < r.removed().size(); i++) {
        former.add(indexes.remove(at).asData());
      }
      if (r.added().isPresent()) {
        indexes.add(at, r.added().get());
        written += r.added().get().length();
      }
      if (r.folded().isPresent()) {
        fold(r.folded().get());
      }
    }
    for (FileEntry pages : edit.pages()) {
      former.add(pages);
      written += pages.length();
    }
    Set<Long> drawn = new HashSet<>();
    edit.drawn().forEach(name -> drawn.add(name.fileId()));
    drawn.addAll(drawnByOthers(indexes, edit));
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
    m =
        new Manifest(
                m.identity(),
                m.generation(),
                m.next(),
                m.tip(),
                m.blocks(),
                files,
                m.marks(),
                m.ingested(),
                written)
            .withFiles(files);
  }

  private static int find(List<FileEntry> indexes, List<Long> removed) throws BusyException {
    List<Long> ids = indexes.stream().map(FileEntry::fileId).toList();
    int at = ids.indexOf(removed.getFirst());
    if (at < 0
        || at + removed.size() > ids.size()
        || !ids.subList(at, at + removed.size()).equals(removed)) {
      throw new BusyException("the files to be replaced have been replaced already");
    }
    return at;
  }

  private Set<Long> drawnByOthers(List<FileEntry> indexes, Edit.Replace edit) throws IOException {
    Set<Long> added = new HashSet<>();
    edit.replacements().forEach(r -> r.added().ifPresent(f -> added.add(f.fileId())));
    Set<Long> drawn = new HashSet<>();
    try (ChainSnapshot snapshot = opener.open()) {
      for (FileEntry index : indexes) {
        if (!added.contains(index.fileId())) {
          for (DrawnFile file : snapshot.file(index).files()) {
            drawn.add(file.name().fileId());
          }
        }
      }
    }
    return drawn;
  }

  private void fold(Edit.Folded folded) {
    Manifest.Marks marks = m.marks();
    PointSet forgotten = marks.forgotten().without(folded.from(), folded.to());
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels());
    for (long point = folded.from(); point <= folded.to(); point++) {
      if (marks.forgotten().contains(point) && folded.listed().contains(point)) {
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

  private void forget(Edit.Forget edit) {
    PointSet points = edit.points();
    if (m.tip().isPresent()) {
      points = points.without(m.tip().get().number(), Long.MAX_VALUE);
    }
    for (long pin : m.marks().pins()) {
      points = points.without(pin, pin);
    }
    for (Hold hold : m.marks().holds()) {
      points = points.without(hold.point(), hold.point());
    }
    Manifest.Marks marks = m.marks();
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels());
    labels.keySet().removeIf(points::contains);
    m =
        m.withMarks(
            new Manifest.Marks(
                marks.forgotten().union(points.ranges()),
                labels,
                marks.pins(),
                marks.holds(),
                marks.dropped()));
  }

  private void requireRetained(long point) throws IOException {
    try (ChainSnapshot snapshot = opener.open()) {
      if (!snapshot.points().containsKey(point) || m.marks().forgotten().contains(point)) {
        throw new NoSuchPointException("restore point " + point + " is not retained");
      }
    }
  }

  private void label(Edit.Label edit) throws IOException {
    requireRetained(edit.point());
    Manifest.Marks marks = m.marks();
    SortedMap<Long, String> labels = new TreeMap<>(marks.labels());
    labels.put(edit.point(), edit.label());
    m =
        m.withMarks(
            new Manifest.Marks(
                marks.forgotten(), labels, marks.pins(), marks.holds(), marks.dropped()));
  }

  private void pin(Edit.Pin edit) throws IOException {
    requireRetained(edit.point());
    Manifest.Marks marks = m.marks();
    SortedSet<Long> pins = new TreeSet<>(marks.pins());
    if (edit.pinned()) {
      pins.add(edit.point());
    } else {
      pins.remove(edit.point());
    }
    m =
        m.withMarks(
            new Manifest.Marks(
                marks.forgotten(), marks.labels(), pins, marks.holds(), marks.dropped()));
  }

  private void take(Edit.TakeHold edit) throws IOException {
    requireRetained(edit.point());
    Manifest.Marks marks = m.marks();
    List<Hold> holds = new ArrayList<>(marks.holds());
    if (holds.stream().anyMatch(h -> h.token().equals(edit.token()))) {
      throw new BusyException("a hold named " + edit.token() + " is there already");
    }
    holds.add(new Hold(edit.token(), m.generation(), edit.point(), edit.owner()));
    m =
        m.withMarks(
            new Manifest.Marks(
                marks.forgotten(), marks.labels(), marks.pins(), holds, marks.dropped()));
  }

  private void release(Edit.ReleaseHold edit) throws NoSuchPointException {
    Manifest.Marks marks = m.marks();
    List<Hold> holds = new ArrayList<>(marks.holds());
    if (!holds.removeIf(h -> h.token().equals(edit.token()))) {
      throw new NoSuchPointException("there is no hold " + edit.token());
    }
    m =
        m.withMarks(
            new Manifest.Marks(
                marks.forgotten(), marks.labels(), marks.pins(), holds, marks.dropped()));
  }

  /** Lists what left the manifest and is still held, and forgets what no hold needs any more. */
  private static Manifest.Marks withDropped(Manifest head, Manifest next) {
    Manifest.Marks marks = next.marks();
    List<Dropped> dropped = new ArrayList<>(marks.dropped());
    for (FileEntry entry : head.files()) {
      if (next.file(entry.fileId()).isEmpty()) {
        dropped.add(new Dropped(entry.name(), next.generation()));
      }
    }
    dropped.removeIf(d -> marks.holds().stream().noneMatch(h -> h.generation() < d.generation()));
    return new Manifest.Marks(
        marks.forgotten(), marks.labels(), marks.pins(), marks.holds(), dropped);
  }
}
