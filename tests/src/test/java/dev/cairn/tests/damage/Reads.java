package dev.cairn.tests.damage;

import java.util.ArrayList;
import java.util.List;

/** What one thread reads of damaged files. Not thread-safe. */
final class Reads {
  private final List<String> beyond = new ArrayList<>();
  private long mostBytes;

  void count(long bytes) {
    mostBytes = Math.max(mostBytes, bytes);
  }

  /** Notes a read that does not lie within its file. */
  void beyond(String read) {
    beyond.add(read);
  }

  List<String> beyond() {
    return List.copyOf(beyond);
  }

  /** Returns the size of the largest read. */
  long mostBytes() {
    return mostBytes;
  }
}
