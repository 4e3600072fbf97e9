package dev.cairn.merge.policy;

import java.util.List;

/**
 * Neighbouring layers that become one. Immutable.
 *
 * @param from position of the oldest, 0 for the layer right above the base
 * @param to position after the newest
 */
public record LayerRun(int from, int to) {
  public LayerRun {
    if (from < 0 || to - from < 2) {
      throw new IllegalArgumentException("run [" + from + ", " + to + ")");
    }
  }

  /** Returns the number of layers that become one, at least 2. */
  public int size() {
    return to - from;
  }

  /** Returns the run's own elements of a list over all layers, oldest first. */
  public <T> List<T> of(List<T> layers) {
    return layers.subList(from, to);
  }
}
