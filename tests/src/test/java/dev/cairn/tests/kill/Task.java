package dev.cairn.tests.kill;

/** One thing that a process does as a whole. */
public enum Task {
  CHECKPOINT,
  MERGE,
  PACK,
  MOVE_BASE,
  FORGET,
  PIN,
  UNPIN,
  HOLD,
  RELEASE,
  FORK,
  SWEEP,
  READ
}
