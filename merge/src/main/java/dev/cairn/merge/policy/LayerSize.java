package dev.cairn.merge.policy;

/**
 * What a merge policy knows of a layer. Immutable.
 *
 * @param versions page versions in its index: what an index merge rewrites
 */
public record LayerSize(long versions) {
  public LayerSize {
    if (versions < 0) {
      throw new IllegalArgumentException("versions " + versions);
    }
  }
}
