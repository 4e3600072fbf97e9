package dev.cairn.tests.kill;

import dev.cairn.chain.Chain;
import dev.cairn.chain.manifest.Manifest;
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
 * What lies in a directory and belongs there for no reason that chain/FORMAT.md knows: dead
 * processes have left it. Found without the library's own sweep. Immutable.
 *
 * @param files names
 */
public record LeftOver(List<String> files) {
  private static final Set<String> OF_EVERY_CHAIN =
      Set.of("LOCK", "MERGE.lock", "MANIFEST", "MANIFEST.spare", "damaged");
  private static final Set<String> OF_EVERY_STORE =
      Set.of("STORE", "STORE.lock", "chains", "catalog", "run");

  public LeftOver {
    files = List.copyOf(files);
  }

  /** Looks into a chain while nobody commits; unfinished files of living writers belong there. */
  public static LeftOver of(Chain chain) throws IOException {
    StoreDirectory directory = chain.directory();
    List<String> files = new ArrayList<>();
    try (StoreLock _ = directory.lock("LOCK", Duration.ofSeconds(60))) {
      Set<String> named = named(chain.manifest());
      for (String name : directory.list()) {
        if (name.endsWith(".tmp") ? isAbandoned(directory, name) : !named.contains(name)) {
          files.add(name);
        }
      }
    }
    return new LeftOver(files);
  }

  /** Looks into a store, but not into its chains; chains that somebody is making count, too. */
  public static LeftOver of(StoreDirectory store) throws IOException {
    List<String> files = new ArrayList<>(store.list());
    files.removeAll(OF_EVERY_STORE);
    try (StoreDirectory chains = store.openDirectory("chains")) {
      chains.list().stream().filter(name -> name.startsWith(".")).forEach(files::add);
    }
    return new LeftOver(files);
  }

  private static boolean isAbandoned(StoreDirectory directory, String name) throws IOException {
    try {
      return !directory.ownerIsAlive(name);
    } catch (NoSuchFileException e) {
      return false; // its living writer took it away
    }
  }

  private static Set<String> named(Manifest manifest) {
    Set<String> named = new HashSet<>(OF_EVERY_CHAIN);
    manifest.files().forEach(file -> named.add(file.name().text()));
    manifest.marks().dropped().forEach(dropped -> named.add(dropped.name().text()));
    return named;
  }
}
