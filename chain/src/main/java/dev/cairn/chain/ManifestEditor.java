package dev.cairn.chain;

import dev.cairn.chain.manifest.Dropped;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.store.BusyException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.FileName;
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

  private FileEditor files() {
    return new FileEditor(m, opener, generation);
  }

  /** Returns the next generation after all edits. */
  Manifest apply(List<Edit> edits) throws IOException {
    Manifest head = m;
    for (Edit edit : edits) {
      switch (edit) {
        case Edit.Append append -> append(append);
        case Edit.Replace replace -> m = files().replace(replace);
        case Edit.MoveBase move -> m = files().moveBase(move);
        case Edit.Repair repair -> repair(repair);
        case Edit.Reserve reserve -> reserve(reserve);
        case Edit.Forward forward -> forward(forward);
        case Edit.Forget forget -> m = marks().forget(forget.points());
        case Edit.Retain retain -> m = marks().retain(retain.policy());
        case Edit.Label label -> m = marks().label(label.point(), label.label());
        case Edit.Pin pin -> m = marks().pin(pin.point(), pin.pinned());
        case Edit.TakeHold hold -> m = marks().take(hold, generation, clock.instant());
        case Edit.TouchHold touch -> m = marks().touch(touch.token(), clock.instant());
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
