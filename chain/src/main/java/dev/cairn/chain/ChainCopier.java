package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.io.StoreDirectory;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
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
   * Brings an older copy forward.
   *
   * @return how many files were copied
   * @throws BusyException if the target is not an older state of the source, or is being merged
   */
  int forward(Chain target) throws IOException {
    requireReadable();
    return new ChainForward(source, target, ChainForward.Points.AS_THERE).run(this::supply);
  }

  private ChainForward.Supply supply(List<FileEntry> lacking, Chain target) {
    FileCopier copier = copier(lacking);
    return entry -> {
      try {
        return copier.copy(source.file(entry), entry, target.directory(), entry.name().temporary());
      } catch (FileAlreadyExistsException e) {
        throw new BusyException("another process is copying into chain " + target.name());
      }
    };
  }
}
