package dev.cairn.chain;

/** Told of work as it is done, possibly by several threads at once. */
@FunctionalInterface
public interface Progress {
  /** Listens to nothing. */
  Progress NONE = (done, total) -> {};

  /**
   * Takes note of how far the work is.
   *
   * @param doneBytes bytes of guest memory looked at so far
   * @param totalBytes in all
   */
  void at(long doneBytes, long totalBytes);
}
