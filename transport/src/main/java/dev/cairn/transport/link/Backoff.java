package dev.cairn.transport.link;

import java.time.Duration;

/**
 * How long to wait before something is tried again: 100 ms, doubled each time, at most 2 s
 * (transport/PROTOCOL.md, Sessions). Not thread-safe.
 */
public final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private Duration next = FIRST;

  /** Makes one that has waited for nothing yet. */
  public Backoff() {}

  /** Returns how long to wait now. */
  public Duration next() {
    Duration now = next;
    Duration twice = now.multipliedBy(2);
    next = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
    return now;
  }

  /** It has gone well: begins with the shortest again. */
  public void reset() {
    next = FIRST;
  }
}
