package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
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
    Manifest manifest = source.manifest();
    FileCopier copier = copier(manifest.files());
    for (FileEntry entry : manifest.files()) {
      copier.copy(source.file(entry), entry, stage, entry.name().text()).close();
    }
    stage.sync();
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
        manifest.written());
  }

  private FileCopier copier(List<FileEntry> files) {
    return new FileCopier(
        progress, files.stream().mapToLong(entry -> source.file(entry).storedBytes()).sum());
  }

  /**
   * Brings an older copy forward.
   *
   * @return how many files were copied
   * @throws BusyException if the target is not an older state of the source
   */
  int forward(Chain target) throws IOException {
    Manifest before = target.manifest();
    check(before, target.name());
    List<FileEntry> lacking =
        source.manifest().files().stream()
            .filter(entry -> before.file(entry.fileId()).isEmpty())
            .toList();
    FileCopier copier = copier(lacking);
    List<StoreOutput> owned = new ArrayList<>();
    List<FileName> names = new ArrayList<>();
    try {
      for (FileEntry entry : lacking) {
        OpenFile file = source.file(entry);
        names.add(entry.name());
        owned.add(copier.copy(file, entry, target.directory(), entry.name().temporary()));
      }
      target.commit(List.of(new Edit.Forward(before.generation(), source.manifest())), names);
      return lacking.size();
    } finally {
      for (StoreOutput out : owned) {
        out.close();
      }
      for (FileName name : names) {
        if (target.directory().exists(name.temporary())) {
          target.directory().delete(name.temporary());
        }
      }
    }
  }

  private void check(Manifest before, String name) throws BusyException {
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

  private void requireHere(String name, long point, String how) throws BusyException {
    if (!source.points().containsKey(point)) {
      throw new BusyException(
          "point " + name + "@" + point + " is " + how + " there, but no restore point here");
    }
  }
}
