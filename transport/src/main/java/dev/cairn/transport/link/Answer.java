package dev.cairn.transport.link;

import dev.cairn.transport.wire.Message;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Takes an answer as it comes, in front of its outcome. Called as {@link Outcome} is. */
public interface Answer extends Outcome {
  /** The fixed fields: first, and once. */
  void head(Message message) throws IOException;

  /**
   * The next bytes of the stream behind them.
   *
   * @param bytes borrowed for the call
   * @throws IOException if they are more than there can be, or make no sense: the link ends (2)
   */
  void bytes(MemorySegment bytes) throws IOException;
}
