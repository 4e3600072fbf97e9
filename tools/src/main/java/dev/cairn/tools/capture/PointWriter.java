package dev.cairn.tools.capture;

import dev.cairn.store.Id;
import java.io.IOException;
import java.util.Optional;

/** Makes checkpoints durable. Used by one thread. */
interface PointWriter {
  /**
   * A point that is durable. Immutable.
   *
   * @param number of the checkpoint
   * @param pages that it wrote
   * @param storedBytes that its file takes
   */
  record Stored(long number, Id id, long pages, long storedBytes) {}

  /**
   * Stores a checkpoint, which stays the caller's.
   *
   * @param parent the checkpoint that must be the newest; empty for any
   */
  Stored write(Taken taken, Optional<Id> parent) throws IOException;

  /** No checkpoint comes any more. */
  void finish() throws IOException;

  /** Tells whether a checkpoint is the chain's newest. */
  boolean isNewest(Id id) throws IOException;
}
