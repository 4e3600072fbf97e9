package dev.cairn.tests.hosts;

/** Which way bytes go through a {@link DelayProxy}. */
public enum Direction {
  /** From those who connect to the one that is connected to. */
  TO_TARGET,
  /** From the one that is connected to. */
  TO_CLIENT
}
