package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreLock;
import dev.cairn.store.io.StoreOutput;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies a chain into another store: the same chain, file by file. One that is there already is
 * brought forward, by the files that it lacks. Not thread-safe.
 */
final class ChainCopier {
  private final ChainSnapshot source;
  private final Progress progress;

  ChainCopier(ChainSnapshot source, Progress progress) {
    this.source = source;
    this.progress = progress;
  }

  /** Copies all files into the directory of a new chain. */
  Manifest fill(StoreDirectory stage) throws IOException {
    requireReadable();
    Manifest manifest = source.manifest();
    FileCopier copier = copier(manifest.files());
    for (FileEntry entry : manifest.files()) {
      copier.copy(source.file(entry), entry, stage, entry.name().text()).close();
    }
    List<FileEntry> files = manifest.files().stream().map(f -> f.bornAt(0)).toList();
    Manifest.Marks marks = manifest.marks();
    return new Manifest(
        manifest.identity(),
        0,
        manifest.next(),
        manifest.tip(),
        manifest.blocks(),
        files,
        new Manifest.Marks(marks.forgotten(), marks.labels(), marks.pins(), List.of(), List.of()),
        manifest.ingested(),
        manifest.written(),
        manifest.optional());
  }

  private FileCopier copier(List<FileEntry> files) {
    return new FileCopier(
        progress, files.stream().mapToLong(entry -> source.file(entry).storedBytes()).sum());
  }

  private void requireReadable() throws CorruptFileException {
    for (CorruptFileException damage : source.unreadable()) {
      throw damage;
    }
  }

  /**
   * Brings an older copy forward. Nobody merges the target meanwhile: a rewrite rests upon points
   * that only become fewer, and upon a base that only moves forward.
   *
   * @return how many files were copied
   * @throws BusyException if the target is not an older state of the source, or is being merged
   */
  int forward(Chain target) throws IOException {
    requireReadable();
    try (StoreLock _ = target.lockMerge()) {
      return forwardAlone(target);
    }
  }

  private int forwardAlone(Chain target) throws IOException {
    target.sweep(); // a process that died at this may have left temporary files of the same names
    Manifest before = target.manifest();
    check(before, target.name());
    List<FileEntry> lacking = new ArrayList<>();
    for (FileEntry entry : source.manifest().files()) {
      if (!isThere(target, before, entry)) {
        lacking.add(entry);
      }
    }
    if (lacking.isEmpty() && isSame(target, before)) {
      return 0;
    }
    FileCopier copier = copier(lacking);
    try (Copies copies = new Copies(target)) {
      for (FileEntry entry : lacking) {
        copies.add(entry.name(), copy(copier, entry, target));
      }
      long generation = reserve(target, before);
      target.commit(List.of(new Edit.Forward(generation, source.manifest())), copies.names);
      return lacking.size();
    }
  }

  /** Files that are copied and not committed yet; closing takes them away if they never are. */
  private static final class Copies implements Closeable {
    private final Chain target;
    private final List<FileName> names = new ArrayList<>();
    private final List<StoreOutput> owned = new ArrayList<>();

    Copies(Chain target) {
      this.target = target;
    }

    void add(FileName name, StoreOutput out) {
      names.add(name);
      owned.add(out);
    }

    @Override
    public void close() throws IOException {
      for (int i = 0; i < names.size(); i++) {
        target.discard(names.get(i));
        owned.get(i).close();
      }
    }
  }

  /**
   * Tells whether the target has a file. One that only a hold keeps there is as good as one in use;
   * one that cannot be opened, or has other metadata, is not there: it is copied, and replaced.
   */
  private boolean isThere(Chain target, Manifest before, FileEntry entry) throws IOException {
    boolean named =
        before.file(entry.fileId()).isPresent()
            || before.marks().dropped().stream().anyMatch(d -> d.name().equals(entry.name()));
    if (!named) {
      return false;
    }
    try (OpenFile file =
        OpenFile.open(entry.name(), target.directory().open(entry.name().text()))) {
      FileRules.check(source.manifest(), entry, file);
      FileRules.checkMetadata(entry, file);
      return true;
    } catch (CorruptFileException | NoSuchFileException e) {
      return false;
    }
  }

  /** Tells whether the target is the source's state already: then its numbers are not used up. */
  private boolean isSame(Chain target, Manifest before) throws IOException {
    ManifestEditor editor =
        new ManifestEditor(before, target::snapshot, target.environment().clock());
    Manifest after =
        editor.apply(List.of(new Edit.Forward(before.generation(), source.manifest())));
    return before.next() >= source.manifest().next()
        && after.withGeneration(before.generation()).withNext(before.next()).equals(before);
  }

  private StoreOutput copy(FileCopier copier, FileEntry entry, Chain target) throws IOException {
    try {
      return copier.copy(source.file(entry), entry, target.directory(), entry.name().temporary());
    } catch (FileAlreadyExistsException e) {
      throw new BusyException("another process is copying into chain " + target.name());
    }
  }

  /**
   * Files above the next checkpoint are a sign of a rollback: lest those that come now look like it
   * if the last commit fails half-way, their numbers are taken first.
   */
  private long reserve(Chain target, Manifest before) throws IOException {
    long next = source.manifest().next() - 1; // forward takes the last one
    if (next <= before.next()) {
      return before.generation();
    }
    Edit reserve = new Edit.Reserve(before.generation(), next);
    return target.commit(List.of(reserve), List.of()).generation();
  }

  private void check(Manifest before, String name) throws IOException {
    Manifest now = source.manifest();
    if (!before.identity().chain().equals(now.identity().chain())) {
      throw new BusyException("another chain named " + name + " is there; copy under another name");
    }
    if (before.tip().isEmpty()) {
      return;
    }
    Manifest.Tip tip = before.tip().get();
    Point same = source.points().get(tip.number());
    if (same == null || !same.id().equals(tip.id())) {
      throw new BusyException(
          "chain "
              + name
              + " there ends at "
              + tip.number()
              + ", which is no restore point here: it cannot be told whether this is a newer state"
              + " of it; copy under another name");
    }
    for (long pin : before.marks().pins()) {
      requireHere(name, pin, "pinned");
    }
    for (var hold : before.marks().holds()) {
      requireHere(name, hold.point(), "held");
    }
  }

  private void requireHere(String name, long point, String how) throws IOException {
    if (!source.points().containsKey(point)) {
      throw new BusyException(
          "point " + name + "@" + point + " is " + how + " there, but no restore point here");
    }
  }
}
