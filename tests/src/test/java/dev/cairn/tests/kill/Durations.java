package dev.cairn.tests.kill;

import java.util.EnumMap;
import java.util.Map;

/** How long tasks last of late, from their first change to their end. Thread-safe. */
final class Durations {
  private static final long FIRST_NANOS = 4_000_000;

  private final Map<Task, Long> nanos = new EnumMap<>(Task.class);

  /** The newest counts for a quarter. */
  synchronized void add(Task task, long lastedNanos) {
    nanos.merge(task, lastedNanos, (before, now) -> before - before / 4 + now / 4);
  }

  synchronized long nanos(Task task) {
    return nanos.getOrDefault(task, FIRST_NANOS);
  }
}
