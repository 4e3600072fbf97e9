package dev.cairn.tests.kill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** Draws each of some things once, in any order, before it draws one of them again. */
final class Deck<T> {
  private final List<T> all;
  private final Random random;
  private final List<T> left = new ArrayList<>();

  Deck(T[] all, Random random) {
    this.all = List.of(all);
    this.random = random;
  }

  /**
   * Draws one.
   *
   * @param handy tells which need not be waited for: those come first
   */
  T draw(Predicate<T> handy) {
    if (left.isEmpty()) {
      left.addAll(all);
      Collections.shuffle(left, random);
    }
    T drawn = left.stream().filter(handy).findFirst().orElseGet(left::getFirst);
    left.remove(drawn);
    return drawn;
  }
}
