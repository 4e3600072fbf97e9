package dev.cairn.chain.manifest;

import dev.cairn.store.file.FileName;

/**
 * A file that left the manifest but that some hold needs. Immutable.
 *
 * @param name the file
 * @param born the first generation that named it
 * @param generation the first one behind {@code born} that did not name it
 */
public record Dropped(FileName name, long born, long generation) {
  /** Tells whether a hold keeps it: one of a generation that named it. */
  public boolean isHeldBy(Hold hold) {
    return born <= hold.generation() && hold.generation() < generation;
  }
}
