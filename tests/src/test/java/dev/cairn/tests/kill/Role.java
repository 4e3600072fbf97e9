package dev.cairn.tests.kill;

import java.util.List;
import java.util.Random;

/** What a process of {@link KillRounds} does, and how often it does what. */
public enum Role {
  WRITER(Task.CHECKPOINT),
  MERGER(Task.MERGE, Task.MERGE, Task.MERGE, Task.PACK, Task.MOVE_BASE),
  FORGETTER(
      Task.FORGET,
      Task.FORGET,
      Task.PIN,
      Task.UNPIN,
      Task.HOLD,
      Task.RELEASE,
      Task.FORK,
      Task.SWEEP),
  FIRST_READER(Task.READ),
  SECOND_READER(Task.READ);

  @SuppressWarnings("ImmutableEnumChecker") // List.of makes one that is
  private final List<Task> tasks;

  private static final int WRITER_NANOS = 100_000_000;
  private static final int OTHERS_NANOS = 300_000_000;

  Role(Task... tasks) {
    this.tasks = List.of(tasks);
  }

  /** Draws what to do next. */
  Task draw(Random random) {
    return tasks.get(random.nextInt(tasks.size()));
  }

  /** Returns how long it waits at most from one task to the next: the writer leads. */
  int mostPauseNanos() {
    return this == WRITER ? WRITER_NANOS : OTHERS_NANOS;
  }

  /** Tells whether it is the one that does a task. */
  boolean does(Task task) {
    return tasks.contains(task);
  }
}
