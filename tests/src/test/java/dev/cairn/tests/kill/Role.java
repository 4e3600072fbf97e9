package dev.cairn.tests.kill;

import java.util.List;
import java.util.Random;

/** What a process of {@link KillRoundsTest} does, and how often it does what. */
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

  Role(Task... tasks) {
    this.tasks = List.of(tasks);
  }

  /** Draws what to do next. */
  Task draw(Random random) {
    return tasks.get(random.nextInt(tasks.size()));
  }

  /** Tells whether it is the one that does a task. */
  boolean does(Task task) {
    return tasks.contains(task);
  }
}
