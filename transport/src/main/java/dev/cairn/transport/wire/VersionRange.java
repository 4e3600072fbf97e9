package dev.cairn.transport.wire;

/**
 * Versions from an oldest to a newest. Immutable.
 *
 * @param oldest at least 1
 * @param newest at least as much
 */
public record VersionRange(int oldest, int newest) {
  public VersionRange {
    if (oldest < 1 || newest < oldest) {
      throw new IllegalArgumentException("versions " + oldest + " to " + newest);
    }
  }

  public boolean contains(int version) {
    return version >= oldest && version <= newest;
  }

  /** Returns it as greetings have it: {@code A-B}. */
  @Override
  public String toString() {
    return oldest + "-" + newest;
  }
}
