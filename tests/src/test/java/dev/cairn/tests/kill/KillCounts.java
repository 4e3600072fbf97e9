package dev.cairn.tests.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;

/** Who was killed how often, and where. Not thread-safe. */
final class KillCounts {
  private final Map<Role, Integer> byRole = new EnumMap<>(Role.class);
  private final Map<KillPoint, Integer> points = new EnumMap<>(KillPoint.class);
  private final Map<Task, Integer> within = new EnumMap<>(Task.class);
  private int random;
  private int allAtOnce;
  private long busy;

  void killed(Victim victim) {
    byRole.merge(victim.role(), 1, Integer::sum);
    busy += victim.busy();
  }

  void atPoint(KillPoint point) {
    points.merge(point, 1, Integer::sum);
  }

  void atRandom(Victim.Killed killed) {
    random++;
    if (killed.inTheMidst()) {
      within.merge(killed.task().orElseThrow(), 1, Integer::sum);
    }
  }

  void all() {
    allAtOnce++;
  }

  private static int sum(Map<?, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  int rounds() {
    return random + sum(points) + allAtOnce;
  }

  /**
   * Fails unless each point was reached, and the kills at random hit mostly, and each kind of task
   * so often, what had begun to change something and had not ended.
   */
  void requireEverywhere(int leastWithin) {
    assertEquals(EnumSet.allOf(KillPoint.class), points.keySet(), "each point was reached");
    assertEquals(EnumSet.allOf(Role.class), byRole.keySet());
    for (Task task : Task.values()) {
      assertTrue(within.getOrDefault(task, 0) >= leastWithin, () -> task + " of " + within);
    }
    assertTrue(2 * sum(within) >= random, () -> random + " at random: " + within);
  }

  void tell() {
    System.out.println(
        "kill rounds: %d: at named points %d, one at random %d, all at once %d"
            .formatted(rounds(), sum(points), random, allAtOnce));
    System.out.println("kill rounds: kills by role " + byRole + ", busy " + busy + " times");
    System.out.println(
        "kill rounds: at random: %d in the midst of a task %s, %d elsewhere"
            .formatted(sum(within), within, random - sum(within)));
    System.out.println("kill rounds: %d named points: %s".formatted(points.size(), points));
  }
}
