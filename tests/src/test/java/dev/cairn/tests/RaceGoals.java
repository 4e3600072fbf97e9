package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How often each thing is done at least in {@link ReaderRaceTest}: with less it has shown nothing.
 */
final class RaceGoals {
  private static final long LEAST = 20;

  private static final Map<String, List<String>> OFTEN =
      Map.of(
          "writer", List.of("checkpoints"),
          "merger", List.of("merges", "compacts", "forgets"),
          "reader", List.of("restores", "restores from snapshots", "verifies", "forks", "lists"));

  private static final Map<String, List<String>> ONCE =
      Map.of("merger", List.of("commands by which packed", "commands by which basesMoved"));

  private RaceGoals() {}

  /** Tells whether one of a role has done enough by itself. */
  static boolean areReached(String role, Map<String, Long> counts) {
    return least(role).entrySet().stream()
        .allMatch(goal -> counts.getOrDefault(goal.getKey(), 0L) >= goal.getValue());
  }

  private static Map<String, Long> least(String role) {
    Map<String, Long> least = new HashMap<>();
    OFTEN.getOrDefault(role, List.of()).forEach(what -> least.put(what, LEAST));
    ONCE.getOrDefault(role, List.of()).forEach(what -> least.put(what, 1L));
    return least;
  }

  /** Fails unless all together have done enough. */
  static void require(Map<String, Long> counts) {
    for (String role : OFTEN.keySet()) {
      assertTrue(areReached(role, counts), () -> least(role) + " and more of " + counts);
    }
  }
}
