package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Of the files that a manifest names, those that can be opened, and why the others cannot. All
 * metadata of all files are read and compared with the manifest. Not thread-safe.
 */
final class LooseFiles implements Closeable {
  /** Somebody who merges without end is not waited for. */
  private static final int MOST_RESTARTS = 20;

  private final Manifest manifest;
  private final Map<Long, OpenFile> open = new HashMap<>();
  private final Map<FileName, List<CorruptFileException>> damaged = new LinkedHashMap<>();
  private final Map<Long, List<Point>> points = new HashMap<>();
  private final Set<Long> unsound = new HashSet<>();

  private LooseFiles(Manifest manifest) {
    this.manifest = manifest;
  }

  /** Opens the files of a chain as it is now. */
  static LooseFiles open(Chain chain) throws IOException {
    for (int restarts = 0; restarts < MOST_RESTARTS; restarts++) {
      LooseFiles files = new LooseFiles(chain.manifest());
      boolean done = false;
      try {
        done = files.openAll(chain);
      } finally {
        if (!done) {
          files.close();
        }
      }
      if (done) {
        return files;
      }
    }
    throw new BusyException(
        "chain " + chain.name() + " changes faster than its files can be opened; try again");
  }

  /** Returns false if a file is gone since the chain changed. */
  private boolean openAll(Chain chain) throws IOException {
    for (FileEntry entry : manifest.files()) {
      FileName name = entry.name();
      try {
        OpenFile file = OpenFile.openData(name, chain.directory().open(name.text()));
        open.put(entry.fileId(), file);
        // One that is another than the manifest says is not used at all.
        FileRules.check(manifest, entry, file);
      } catch (NoSuchFileException e) {
        if (chain.manifest().generation() != manifest.generation()) {
          return false;
        }
        damage(
            entry,
            new CorruptFileException(
                name.text(), "file", 0, "there, as the manifest says", "no such file"));
      } catch (CorruptFileException e) {
        damage(entry, e);
        OpenFile another = open.remove(entry.fileId());
        if (another != null) {
          another.close();
        }
      }
    }
    checkMetadata();
    checkParents();
    return true;
  }

  /**
   * Damaged metadata spoil an index, but not where only checksums of the body or padding are rotten
   * (what an index says has checksums of its own); the frames in the same file are as good as they
   * are.
   */
  private void checkMetadata() throws IOException {
    for (FileEntry entry : manifest.files()) {
      OpenFile file = open.get(entry.fileId());
      if (file == null) {
        continue;
      }
      try {
        if (entry.role() != FileEntry.Role.DATA) {
          file.loadIndex();
          points.put(entry.fileId(), file.points());
        }
        if (isIntact(entry, file)) {
          FileRules.checkMetadata(entry, file);
        }
      } catch (CorruptFileException e) {
        damage(entry, e);
      }
    }
  }

  private boolean isIntact(FileEntry entry, OpenFile file) throws IOException {
    try {
      file.metadataSha();
      return true;
    } catch (CorruptFileException e) {
      tell(entry, e);
      return false;
    }
  }

  private void checkParents() {
    List<FileEntry> indexes = manifest.indexes();
    for (int i = 1; i < indexes.size(); i++) {
      FileEntry entry = indexes.get(i);
      OpenFile file = open.get(entry.fileId());
      try {
        if (file != null) {
          FileRules.checkParent(indexes.get(i - 1), file);
        }
      } catch (CorruptFileException e) {
        damage(entry, e);
      }
    }
  }

  private void tell(FileEntry entry, CorruptFileException e) {
    damaged.computeIfAbsent(entry.name(), _ -> new ArrayList<>()).add(e);
  }

  private void damage(FileEntry entry, CorruptFileException e) {
    tell(entry, e);
    unsound.add(entry.fileId());
  }

  Manifest manifest() {
    return manifest;
  }

  /** Returns what is wrong with the files' metadata, by file. */
  Map<FileName, List<CorruptFileException>> damaged() {
    return damaged;
  }

  /** Returns a file, if it could be opened, be its metadata damaged or not. */
  @Nullable OpenFile file(FileEntry entry) {
    return open.get(entry.fileId());
  }

  /** Tells whether a file is an index whose file table and directory could be read. */
  boolean hasIndex(FileEntry entry) {
    OpenFile file = open.get(entry.fileId());
    return file != null && file.hasIndex();
  }

  /** Returns the points that an index lists, if they can be read. */
  Optional<List<Point>> points(FileEntry entry) {
    return Optional.ofNullable(points.get(entry.fileId()));
  }

  /** Tells whether a file could be opened and nothing is wrong with what its index says. */
  boolean isSound(FileEntry entry) {
    return open.containsKey(entry.fileId()) && !unsound.contains(entry.fileId());
  }

  /** Returns the bytes that one reads who reads all bodies, and every frame by itself. */
  long bytesToRead() {
    long bytes = 0;
    for (FileEntry entry : manifest.files()) {
      OpenFile file = open.get(entry.fileId());
      if (file != null && entry.role() == FileEntry.Role.DATA) {
        bytes += file.length();
      } else if (file != null && hasIndex(entry)) {
        bytes += file.storedBytes() + file.directory().versionCount() * manifest.pageSize();
      }
    }
    return bytes;
  }

  /** Returns about how much of that the frames of a region are, or of a piece of one. */
  static long frameBytes(OpenFile index, int number) {
    return (long) index.directory().entry(number).versions() * index.header().pageSize();
  }

  /** Returns a file that an index draws upon, if it could be opened. */
  @Nullable OpenFile drawn(DrawnFile file) {
    return open.get(file.name().fileId());
  }

  @Override
  public void close() throws IOException {
    for (OpenFile file : open.values()) {
      file.close();
    }
    open.clear();
  }
}
