package dev.cairn.tests.kill;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A chain that a victim made of another one. Immutable.
 *
 * @param points all that it has, from old to new
 */
record Fork(String name, List<Long> points) {
  Fork {
    points = List.copyOf(points);
  }

  static Fork parse(String name, String points) {
    return new Fork(name, Arrays.stream(points.split(",", -1)).map(Long::valueOf).toList());
  }

  /** Tells it as {@link #parse} reads it. */
  String told() {
    return name + " " + points.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
