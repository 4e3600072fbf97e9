package dev.cairn.tools.capture;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/** Whether a store has room, said when that changes. One thread looks, any may ask. */
final class RoomWatch {
  private final StoreRoom room;
  private final Consumer<String> warnings;
  private volatile boolean full;

  RoomWatch(StoreRoom room, Consumer<String> warnings) {
    this.room = room;
    this.warnings = warnings;
  }

  /** Looks anew; returns whether there is room. */
  boolean look() throws IOException {
    Optional<String> why = room.full();
    if (why.isPresent() && !full) {
      warnings.accept("no points until there is room: " + why.get());
    } else if (why.isEmpty() && full) {
      warnings.accept("there is room again: points are taken");
    }
    full = why.isPresent();
    return !full;
  }

  /** Returns what the last look has seen. */
  boolean isFull() {
    return full;
  }
}
