package dev.cairn.transport.link;

import java.lang.foreign.MemorySegment;

/** The bytes of one answer, on their way. Not thread-safe. */
public interface AnswerStream {
  /**
   * Sends more of them. Waits until the peer can take them.
   *
   * @param bytes borrowed for the call
   */
  void write(MemorySegment bytes) throws LinkLostException;

  /** That were all. An answer that cannot be ended so is ended by {@link Link#fail}. */
  void end() throws LinkLostException;
}
