package dev.cairn.tests.powercut;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What a store has to hold: the naive way to do each step. Not thread-safe. */
final class Expected {
  /**
   * A retained point.
   *
   * @param image which memory it holds
   * @param label empty for none
   */
  record Kept(int image, String label) {}

  private final NavigableMap<String, NavigableMap<Long, Kept>> chains = new TreeMap<>();
  private final Map<String, Long> next = new TreeMap<>();

  Expected copy() {
    Expected copy = new Expected();
    chains.forEach((name, points) -> copy.chains.put(name, new TreeMap<>(points)));
    copy.next.putAll(next);
    return copy;
  }

  /** Returns the points of each chain. */
  NavigableMap<String, NavigableMap<Long, Kept>> chains() {
    return chains;
  }

  NavigableMap<Long, Kept> points(String chain) {
    return chains.computeIfAbsent(chain, _ -> new TreeMap<>());
  }

  /**
   * Does a step.
   *
   * @param image the memory to store, if the step is a checkpoint
   */
  void apply(Step step, int image) {
    NavigableMap<Long, Kept> points = points(step.chain());
    switch (step) {
      case Step.Checkpoint _ -> {
        long number = next.merge(step.chain(), 1L, Long::sum) - 1;
        points.put(number, new Kept(image, ""));
      }
      case Step.Label o -> points.computeIfPresent(o.point(), (_, k) -> kept(k, o.label()));
      case Step.Forget o -> {
        long tip = points.lastKey();
        points.keySet().removeIf(point -> o.from() <= point && point <= o.to() && point != tip);
      }
      case Step.Fork o -> {
        chains.put(o.name(), new TreeMap<>(points.headMap(o.point(), true)));
        next.put(o.name(), o.point() + 1);
      }
      case Step.Create _,
          Step.Merge _,
          Step.Compact _,
          Step.Pack _,
          Step.MoveBase _,
          Step.BeginMerge _,
          Step.EndMerge _ -> {}
    }
  }

  private static Kept kept(Kept before, String label) {
    return new Kept(before.image(), label);
  }

  @Override
  public String toString() {
    return chains.toString();
  }
}
