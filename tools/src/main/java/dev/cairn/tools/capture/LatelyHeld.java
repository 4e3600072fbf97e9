package dev.cairn.tools.capture;

import java.util.ArrayDeque;
import java.util.Deque;

/** How much memory the newest checkpoints held: the next one may take as much. Not thread-safe. */
final class LatelyHeld {
  /** How much of a spool's memory the first checkpoint may take. */
  private static final long FIRST_BYTES = 4L << 20;

  private static final int LATELY = 8;

  private final Deque<Long> held = new ArrayDeque<>();

  void add(long bytes) {
    held.addLast(bytes);
    if (held.size() > LATELY) {
      held.removeFirst();
    }
  }

  long mostBytes() {
    return held.stream().mapToLong(Long::longValue).max().orElse(FIRST_BYTES);
  }
}
