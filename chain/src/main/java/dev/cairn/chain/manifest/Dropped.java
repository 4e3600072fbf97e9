package dev.cairn.chain.manifest;

import dev.cairn.store.file.FileName;

/**
 * A file that left the manifest but that some hold needs. Immutable.
 *
 * @param file its line in the last generation that named it
 * @param generation the first one behind its birth that did not name it
 */
public record Dropped(FileEntry file, long generation) {
  public FileName name() {
    return file.name();
  }

  /** Returns the first generation that named it. */
  public long born() {
    return file.born();
  }

  /** Tells whether a hold keeps it: one of a generation that named it. */
  public boolean isHeldBy(Hold hold) {
    return born() <= hold.generation() && hold.generation() < generation;
  }
}
