package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileName;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.io.StoreDirectory;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Makes forks: hard links and a manifest with a cap. Not thread-safe. */
final class Forker {
  private final Chain source;
  private final Environment environment;

  Forker(Chain source, Environment environment) {
    this.source = source;
    this.environment = environment;
  }

  /**
   * Links the files of a retained point into an empty directory.
   *
   * @param target the new chain's directory
   * @return the new chain's first manifest
   */
  Manifest fill(long point, StoreDirectory target) throws IOException {
    while (true) {
      try (ChainSnapshot snapshot = source.snapshot()) {
        Manifest manifest = manifest(snapshot, snapshot.point(point));
        try {
          link(snapshot, manifest, target);
        } catch (NoSuchFileException e) {
          if (source.manifest().generation() != snapshot.manifest().generation()) {
            continue; // merged away meanwhile: what it became is in the newer manifest
          }
          throw new CorruptFileException(
              String.valueOf(e.getFile()),
              "file",
              0,
              "there, as the manifest says",
              "no such file");
        }
        removeOthers(manifest, target);
        return manifest;
      }
    }
  }

  private void link(ChainSnapshot snapshot, Manifest manifest, StoreDirectory target)
      throws IOException {
    for (FileEntry entry : manifest.files()) {
      String file = entry.name().text();
      if (target.exists(file)) {
        continue;
      }
      try {
        source.directory().link(file, target, file);
      } catch (NoSuchFileException e) {
        throw e;
      } catch (FileSystemException e) {
        // Too many links, or another file system: a copy does as well.
        OpenFile open = snapshot.file(entry.fileId()).orElseThrow(() -> e);
        new FileCopier(Progress.NONE, 1).copy(open, entry, target, file).close();
      }
    }
  }

  /** Takes away what an attempt before has linked and this one does not name. */
  private static void removeOthers(Manifest manifest, StoreDirectory target) throws IOException {
    Set<String> named = new HashSet<>();
    manifest.files().forEach(file -> named.add(file.name().text()));
    for (String name : target.list()) {
      if (FileName.parse(name).isPresent() && !named.contains(name)) {
        target.delete(name);
      }
    }
  }

  private Manifest manifest(ChainSnapshot snapshot, Point point) {
    Manifest from = snapshot.manifest();
    long n = point.checkpoint();
    Manifest.Tip tip = new Manifest.Tip(n, point.id());
    List<FileEntry> files = new ArrayList<>(ChainCut.files(from, tip, snapshot::file));
    files.replaceAll(file -> file.bornAt(0));
    Manifest.Marks marks =
        new Manifest.Marks(
            from.marks().forgotten().without(n, Long.MAX_VALUE),
            from.marks().labels().headMap(n + 1),
            new TreeSet<>(),
            List.of(),
            List.of());
    Manifest empty = Manifest.empty(Id.random(environment.random()), from.pageSize());
    return new Manifest(
            new Manifest.Identity(
                empty.identity().chain(),
                Optional.of(new Manifest.Origin(from.identity().chain(), point.id())),
                from.pageSize()),
            0,
            n + 1,
            Optional.of(tip),
            from.blocks(),
            files,
            marks,
            0,
            0)
        .withFiles(files);
  }
}
