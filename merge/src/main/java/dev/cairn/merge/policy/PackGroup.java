package dev.cairn.merge.policy;

import java.util.List;

/**
 * Files whose live frames go into one new pages file. Immutable.
 *
 * @param files oldest first
 * @param reason why they are due
 */
public record PackGroup(List<DataFile> files, Reason reason) {
  /** Why files are packed. */
  public enum Reason {
    /** So many files of one size class. */
    MANY,
    /** Each is less than half live. */
    SPARSE
  }

  public PackGroup {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("no files");
    }
  }

  /** Returns the bytes of page frames that a pack copies. */
  public long liveBytes() {
    return files.stream().mapToLong(DataFile::liveBytes).sum();
  }
}
