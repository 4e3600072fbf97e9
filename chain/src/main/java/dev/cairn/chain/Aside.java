package dev.cairn.chain;

import dev.cairn.store.io.StoreDirectory;
import java.io.Closeable;
import java.io.IOException;

/**
 * The directory {@code damaged/GENERATION/} of a chain, into which a repair links what it takes out
 * of use. Who has it holds LOCK. Not thread-safe.
 */
final class Aside implements Closeable {
  private static final String DAMAGED = "damaged";
  private static final String LOST_MANIFEST = "MANIFEST.lost";

  private final StoreDirectory chain;
  private final StoreDirectory aside;

  private Aside(StoreDirectory chain, StoreDirectory aside) {
    this.chain = chain;
    this.aside = aside;
  }

  /**
   * @param generation of the manifest that is being repaired, or gone on with
   */
  static Aside open(StoreDirectory chain, long generation) throws IOException {
    try (StoreDirectory damaged = chain.makeDirectory(DAMAGED)) {
      return new Aside(chain, damaged.makeDirectory(String.valueOf(generation)));
    }
  }

  /**
   * Links a file, if it is there. What is there already was put there by a repair of the same
   * generation that came no further.
   */
  void link(String file) throws IOException {
    if (chain.exists(file) && !aside.exists(file)) {
      chain.link(file, aside, file);
    }
  }

  /** Links a MANIFEST that is not the one that is gone on with; each under a name of its own. */
  void linkLostManifest() throws IOException {
    if (chain.exists(ManifestFile.NAME)) {
      String free = LOST_MANIFEST;
      for (int i = 2; aside.exists(free); i++) {
        free = LOST_MANIFEST + "." + i;
      }
      chain.link(ManifestFile.NAME, aside, free);
    }
  }

  void sync() throws IOException {
    aside.sync();
  }

  @Override
  public void close() throws IOException {
    aside.close();
  }
}
