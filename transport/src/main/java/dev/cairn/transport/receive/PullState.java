package dev.cairn.transport.receive;

/** How a pull stands with its sources: transport/PROTOCOL.md, When a source dies. */
public enum PullState {
  /** At least one source answers. */
  RUNNING,
  /** None does: what is here is given, the rest waits. */
  PAUSED,
  /** One is there again, and is asked whether it still holds the point. */
  RECOVERING
}
