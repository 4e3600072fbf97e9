package dev.cairn.tests.kill;

import java.util.Optional;

/**
 * What a victim is told. Immutable.
 *
 * @param point to go to, and to stop there
 * @param again what to do again and again without a pause, on a slow disk
 */
record Order(Optional<KillPoint> point, Optional<Task> again) {
  /** It does as it pleases. */
  static final Order NONE = new Order(Optional.empty(), Optional.empty());

  private static final String AGAIN = "AGAIN ";

  static Order stopAt(KillPoint point) {
    return new Order(Optional.of(point), Optional.empty());
  }

  static Order again(Task task) {
    return new Order(Optional.empty(), Optional.of(task));
  }

  /** Reads what {@link #line} wrote. */
  static Order parse(String line) {
    return line.startsWith(AGAIN)
        ? again(Task.valueOf(line.substring(AGAIN.length())))
        : stopAt(KillPoint.valueOf(line));
  }

  String line() {
    return point.map(KillPoint::name).orElseGet(() -> AGAIN + again.orElseThrow());
  }

  Optional<Task> task() {
    return point.map(KillPoint::task).or(() -> again);
  }
}
