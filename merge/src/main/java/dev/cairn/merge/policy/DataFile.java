package dev.cairn.merge.policy;

/**
 * What a pack policy knows of a file on which indexes draw. Immutable.
 *
 * @param id file id
 * @param bodyBytes of all its page frames
 * @param liveBytes of those frames that some layer draws on, at most {@code bodyBytes}
 * @param liveFrames how many of them
 * @param packable whether it may be replaced: not a base, not an index of its own, not partial
 */
public record DataFile(long id, long bodyBytes, long liveBytes, long liveFrames, boolean packable) {
  public DataFile {
    if (liveBytes < 0 || bodyBytes < liveBytes || liveFrames < 0) {
      throw new IllegalArgumentException(
          liveBytes + " live bytes of " + bodyBytes + ", " + liveFrames + " frames");
    }
  }

  /** Returns the bytes of frames that nothing draws on. */
  public long deadBytes() {
    return bodyBytes - liveBytes;
  }

  /** Tells whether less than half of it is live. */
  boolean isSparse() {
    return liveBytes < deadBytes();
  }
}
