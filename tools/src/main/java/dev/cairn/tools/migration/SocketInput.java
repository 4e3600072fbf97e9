package dev.cairn.tools.migration;

/**
 * The bytes of a connection, through a buffer of its own. While it waits, and at least as often
 * while bytes come, it beats: whoever watches over a paused guest learns by that, and by no timer,
 * that its bytes are being taken. Not thread-safe.
 */
public final class SocketInput {
  /** Is called from the thread that reads. */
  @FunctionalInterface
  public interface Pulse {
    /** May throw to end the reading. */
    void beat() throws java.io.IOException;
  }

  private SocketInput() {}
}
