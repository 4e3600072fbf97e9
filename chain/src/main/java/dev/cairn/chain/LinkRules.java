package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.io.StoreDirectory;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rules of a manifest for which its indexes must be open: parents and file tables. Looked at
 * before a manifest is published whose indexes are others than those before, so that none is that
 * cannot be opened. Not thread-safe.
 */
final class LinkRules {
  private final Manifest next;
  private final FilePool pool;
  private final StoreDirectory directory;
  private final Set<FileName> fresh;
  private final Set<Long> named = new HashSet<>();
  private final Set<Long> drawn = new HashSet<>();

  /**
   * @param next the manifest that is to be published
   * @param newFiles of it that still have their temporary names
   */
  LinkRules(Manifest next, List<FileName> newFiles, StoreDirectory directory, FilePool pool) {
    this.next = next;
    this.pool = pool;
    this.directory = directory;
    this.fresh = Set.copyOf(newFiles);
    next.files().forEach(entry -> named.add(entry.fileId()));
  }

  /** Tells whether an edit can break them. An append names its parent and what it draws upon. */
  static boolean concern(Edit edit) {
    return switch (edit) {
      case Edit.Replace _, Edit.MoveBase _, Edit.Repair _, Edit.Forward _ -> true;
      case Edit.Append _, Edit.Reserve _, Edit.Forget _, Edit.Retain _ -> false;
      case Edit.Label _, Edit.Pin _ -> false;
      case Edit.TakeHold _, Edit.TouchHold _, Edit.ReleaseHold _ -> false;
    };
  }

  /**
   * Opens all indexes, one by one.
   *
   * @throws CorruptFileException if one cannot be opened
   * @throws BusyException if one does not fit the others any more
   */
  void check() throws IOException {
    List<FileEntry> indexes = next.indexes();
    for (int i = 0; i < indexes.size(); i++) {
      FileEntry entry = indexes.get(i);
      if (fresh.contains(entry.name())) {
        String temporary = entry.name().temporary();
        try (OpenFile file = OpenFile.open(entry.name(), directory.open(temporary))) {
          check(i, file);
        }
      } else {
        OpenFile file = pool.acquire(entry.name());
        try {
          file.loadIndex();
          check(i, file);
        } finally {
          pool.release(file);
        }
      }
    }
    for (FileEntry entry : next.files(Role.DATA)) {
      if (!drawn.contains(entry.fileId())) {
        throw new IllegalStateException("no index draws upon " + entry.name());
      }
    }
  }

  private void check(int i, OpenFile file) throws CorruptFileException, BusyException {
    FileEntry entry = next.indexes().get(i);
    FileRules.check(next, entry, file);
    if (i > 0) {
      FileEntry below = next.indexes().get(i - 1);
      try {
        FileRules.checkParent(below, file);
      } catch (CorruptFileException e) {
        if (!fresh.contains(entry.name()) && !fresh.contains(below.name())) {
          throw e;
        }
        throw new BusyException("the chain below changed meanwhile: " + e.getMessage());
      }
    }
    for (DrawnFile table : file.files()) {
      if (!named.contains(table.name().fileId())) {
        throw new BusyException(
            table.name() + ", which " + entry.name() + " draws upon, has gone meanwhile");
      }
      drawn.add(table.name().fileId());
    }
  }
}
