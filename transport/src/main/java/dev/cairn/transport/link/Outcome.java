package dev.cairn.transport.link;

import java.io.IOException;

/**
 * What becomes of a request. One of the two is called, once, by the thread that reads the link or
 * by that of its connection: nothing else comes in meanwhile, so it must not wait. Memory that was
 * lent for the answer is the caller's again from then on.
 */
public interface Outcome {
  /** The answer is here, whole. */
  void done();

  /**
   * There is none.
   *
   * @param why {@link FailureException} if the peer says so, else {@link LinkLostException}
   */
  void failed(IOException why);
}
