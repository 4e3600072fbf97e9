package dev.cairn.tests.kill;

import java.util.HashMap;
import java.util.Map;

/** What victims were told to be durable. Thread-safe. */
public final class Acknowledged {
  private final Map<String, Long> kept = new HashMap<>();
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

  /** Returns the newest acknowledged point. */
  public synchronized long newest() {
    return newest;
  }

  /** Returns the points that pins and holds protect, by their token. */
  synchronized Map<String, Long> kept() {
    return Map.copyOf(kept);
  }
}
