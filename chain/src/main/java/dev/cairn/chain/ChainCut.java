package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.Id;
import dev.cairn.store.file.DrawnFile;
import dev.cairn.store.file.OpenFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** What is left of a chain's files when it ends at an older point. */
final class ChainCut {
  private ChainCut() {}

  /**
   * Returns the base, the layers up to a point, the last one with a cap, and the data that they
   * draw upon.
   *
   * @param tip the new tip
   * @param open the open file of an index up to the tip
   */
  static List<FileEntry> files(
      Manifest from, Manifest.Tip tip, Function<FileEntry, OpenFile> open) {
    long n = tip.number();
    Id id = tip.id();
    List<FileEntry> files = new ArrayList<>();
    Set<Long> drawn = new HashSet<>();
    for (FileEntry entry : from.indexes()) {
      boolean below =
          entry.role() == FileEntry.Role.BASE
              || (entry.name().first() <= n && n > from.base().orElseThrow().through());
      if (below) {
        files.add(entry.through() > n ? entry.capped(n, id) : entry);
        for (DrawnFile file : open.apply(entry).files()) {
          drawn.add(file.name().fileId());
        }
      }
    }
    files.forEach(entry -> drawn.remove(entry.fileId()));
    for (FileEntry entry : from.files(FileEntry.Role.DATA)) {
      if (drawn.contains(entry.fileId())) {
        files.add(entry);
      }
    }
    for (FileEntry entry : from.indexes()) {
      if (drawn.contains(entry.fileId())) {
        files.add(entry.asData());
      }
    }
    return files;
  }
}
