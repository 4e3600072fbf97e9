package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.BusyException;
import dev.cairn.store.Id;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.Point;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
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
   * Forks a retained point into an empty directory.
   *
   * @param target the new chain's directory
   */
  Manifest fork(long point, String name, StoreDirectory target) throws IOException {
    try (StoreLock _ = target.lock(Chain.LOCK, environment.patience())) {
      if (target.exists(Chain.MANIFEST)) {
        throw new BusyException("chain " + name + " is there already");
      }
      while (true) {
        try (ChainSnapshot snapshot = source.snapshot()) {
          Manifest manifest = manifest(snapshot, snapshot.point(point));
          try {
            link(manifest, target);
          } catch (NoSuchFileException e) {
            if (source.manifest().generation() != snapshot.manifest().generation()) {
              continue; // merged away meanwhile: what it became is in the newer manifest
            }
            throw e;
          }
          target.sync();
          Chain.publish(target, manifest);
          return manifest;
        }
      }
    }
  }

  private void link(Manifest manifest, StoreDirectory target) throws IOException {
    for (FileEntry file : manifest.files()) {
      if (!target.exists(file.name().text())) {
        source.directory().link(file.name().text(), target, file.name().text());
      }
    }
  }

  private Manifest manifest(ChainSnapshot snapshot, Point point) {
    Manifest from = snapshot.manifest();
    long n = point.checkpoint();
    List<FileEntry> indexes = new ArrayList<>();
    Set<Long> drawn = new HashSet<>();
    for (FileEntry entry : from.indexes()) {
      boolean below =
          entry.role() == FileEntry.Role.BASE
              || (entry.name().first() <= n && n > from.base().orElseThrow().through());
      if (below) {
        indexes.add(entry.through() > n ? entry.capped(n, point.id()) : entry);
        for (DrawnFile file : snapshot.file(entry).files()) {
          drawn.add(file.name().fileId());
        }
      }
    }
    List<FileEntry> files = new ArrayList<>(indexes);
    for (FileEntry entry : from.files(FileEntry.Role.DATA)) {
      if (drawn.contains(entry.fileId())) {
        files.add(entry);
      }
    }
    for (FileEntry entry : from.indexes()) {
      if (drawn.contains(entry.fileId()) && !contains(indexes, entry)) {
        files.add(entry.asData());
      }
    }
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
            Optional.of(new Manifest.Tip(n, point.id())),
            from.blocks(),
            files,
            marks,
            0,
            0)
        .withFiles(files);
  }

  private static boolean contains(List<FileEntry> entries, FileEntry entry) {
    return entries.stream().anyMatch(e -> e.fileId() == entry.fileId());
  }
}
