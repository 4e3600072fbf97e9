package dev.cairn.tests.hosts;

/** How a connection is cut. */
public enum Cut {
  /** Both peers are told that it was broken off: by RST; on Unix sockets they read the end. */
  RESET,
  /** Both peers read the end, in the middle of whatever was sent. */
  END,
  /** Nobody is told: nothing is passed on any more, and nothing is closed. */
  SILENCE
}
