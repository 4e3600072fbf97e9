package dev.cairn.tests.kill;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What victims were told to be durable. Thread-safe. */
public final class Acknowledged {
  private final Map<String, Long> kept = new HashMap<>();
  private final Map<String, List<Long>> forks = new TreeMap<>();
  private final TreeSet<Long> forgotten = new TreeSet<>();
  private long newest;

  synchronized void point(long number) {
    newest = Math.max(newest, number);
  }

  synchronized void keeps(String token, long point) {
    kept.put(token, point);
  }

  /** From now on the point may go, whether the release is acknowledged or not. */
  synchronized void releases(String token) {
    kept.remove(token);
  }

  synchronized void forked(Fork fork) {
    forks.put(fork.name(), fork.points());
  }

  synchronized void forgot(long point) {
    forgotten.add(point);
  }

  /** Returns the newest acknowledged point. */
  public synchronized long newest() {
    return newest;
  }

  /** Returns the points that pins and holds protect, by their token. */
  synchronized Map<String, Long> kept() {
    return Map.copyOf(kept);
  }

  /** Returns the points of each fork that was not looked at yet; the caller looks at them. */
  synchronized Map<String, List<Long>> takeForks() {
    Map<String, List<Long>> taken = Map.copyOf(forks);
    forks.clear();
    return taken;
  }

  /** Returns the points that were let go. */
  synchronized Set<Long> forgotten() {
    return Set.copyOf(forgotten);
  }
}
