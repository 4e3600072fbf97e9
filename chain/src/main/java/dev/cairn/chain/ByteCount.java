package dev.cairn.chain;

/** Tells a {@link Progress} how far work over many files is. Not thread-safe. */
final class ByteCount {
  private final Progress progress;
  private final long totalBytes;
  private long doneBytes;

  ByteCount(Progress progress, long totalBytes) {
    this.progress = progress;
    this.totalBytes = totalBytes;
  }

  void add(long bytes) {
    doneBytes += bytes;
    progress.at(Math.min(doneBytes, totalBytes), totalBytes);
  }

  /** Says that nothing is left, whatever was passed over. */
  void end() {
    progress.at(totalBytes, totalBytes);
  }
}
