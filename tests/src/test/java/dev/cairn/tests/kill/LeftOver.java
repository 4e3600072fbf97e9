package dev.cairn.tests.kill;

import dev.cairn.chain.Chain;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreLock;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What dead processes have left in a chain, found without the library's own sweep. Immutable.
 *
 * @param files names
 */
record LeftOver(List<String> files) {
  /** Looks while nobody commits: then what no manifest names belongs to a living writer, or not. */
  static LeftOver of(Chain chain) throws IOException {
    StoreDirectory directory = chain.directory();
    List<String> files = new ArrayList<>();
    try (StoreLock _ = directory.lock("LOCK", Duration.ofSeconds(60))) {
      Set<String> named = named(chain.manifest());
      for (String name : directory.list()) {
        if (name.endsWith(".tmp") ? isAbandoned(directory, name) : isUnnamed(name, named)) {
          files.add(name);
        }
      }
    }
    return new LeftOver(files);
  }

  private static boolean isUnnamed(String name, Set<String> named) {
    return FileName.parse(name).isPresent() && !named.contains(name);
  }

  private static boolean isAbandoned(StoreDirectory directory, String name) throws IOException {
    try {
      return !directory.ownerIsAlive(name);
    } catch (NoSuchFileException e) {
      return false; // its living writer took it away
    }
  }

  private static Set<String> named(Manifest manifest) {
    Set<String> named = new HashSet<>();
    manifest.files().forEach(file -> named.add(file.name().text()));
    manifest.marks().dropped().forEach(dropped -> named.add(dropped.name().text()));
    return named;
  }
}
