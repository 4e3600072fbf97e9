package dev.cairn.chain;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The only one who deletes files of a chain, and only while LOCK is held. */
final class FileExpirer {
  private final StoreDirectory directory;

  FileExpirer(StoreDirectory directory) {
    this.directory = directory;
  }

  /** Deletes what {@code head} named or held and {@code next}, now durable, does not. */
  void expire(Manifest head, Manifest next) throws IOException {
    Set<String> kept = named(next);
    for (String name : named(head)) {
      if (!kept.contains(name) && directory.exists(name)) {
        directory.delete(name);
      }
    }
  }

  /**
   * Deletes everything that no living writer owns and the manifest does not name. The manifest may
   * have been published by a process that died before it was durable: it is made so first, lest a
   * power cut brings back an older one that names what was deleted. A file beyond the next
   * checkpoint stays: the manifest was rolled back by somebody, and that file is of a newer one.
   */
  List<String> sweep(Manifest manifest) throws IOException {
    Set<String> kept = named(manifest);
    List<String> swept = new ArrayList<>();
    for (String name : directory.list()) {
      boolean abandoned = name.endsWith(".tmp") && !directory.ownerIsAlive(name);
      boolean unnamed =
          !kept.contains(name)
              && FileName.parse(name).filter(file -> file.last() <= manifest.next()).isPresent();
      if (abandoned || unnamed) {
        swept.add(name);
      }
    }
    if (!swept.isEmpty()) {
      directory.sync();
    }
    for (String name : swept) {
      directory.delete(name);
    }
    return swept;
  }

  private static Set<String> named(Manifest manifest) {
    Set<String> names = new HashSet<>();
    for (FileEntry entry : manifest.files()) {
      names.add(entry.name().text());
    }
    manifest.marks().dropped().forEach(d -> names.add(d.name().text()));
    return names;
  }
}
