package dev.cairn.tools.uffd;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/**
 * Units that somebody waits for, each once, at most so many; it remembers that some did not fit.
 * Not thread-safe.
 */
final class FaultQueue {
  static final int MOST = 1 << 16;

  /**
   * A fault.
   *
   * @param unit that was touched
   * @param nanos when that was read
   */
  record Fault(long unit, long nanos) {}

  private final ArrayDeque<Fault> waiting = new ArrayDeque<>();
  private final ArrayDeque<Fault> aside = new ArrayDeque<>();
  private final Set<Long> units = new HashSet<>();
  private boolean overflowed;

  /** Adds one, unless it waits already. */
  void add(long unit, long nanos) {
    if (units.size() == MOST) {
      overflowed |= !units.contains(unit);
    } else if (units.add(unit)) {
      waiting.add(new Fault(unit, nanos));
    }
  }

  /** Returns the next one, which stays in the queue until {@link #done} or {@link #putAside}. */
  Fault peek() {
    return waiting.element();
  }

  int size() {
    return waiting.size();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** The next one is answered. */
  void done() {
    units.remove(waiting.remove().unit());
  }

  /** The next one cannot be answered yet. */
  void putAside() {
    aside.add(waiting.remove());
  }

  /** Those that were put aside are looked at again. */
  void retry() {
    waiting.addAll(aside);
    aside.clear();
  }

  /** Tells, once, whether some did not fit: they have to be asked for again. */
  boolean takeOverflow() {
    boolean had = overflowed;
    overflowed = false;
    return had;
  }
}
