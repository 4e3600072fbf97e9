package dev.cairn.merge.policy;

import java.util.List;

/**
 * Files whose live frames go into one new pages file. Immutable.
 *
 * @param files oldest first
 */
public record PackGroup(List<DataFile> files) {
  public PackGroup {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("no files");
    }
  }
}
