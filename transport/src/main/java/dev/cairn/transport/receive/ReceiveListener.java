package dev.cairn.transport.receive;

import dev.cairn.store.Id;

/** Is told how receiving goes on, by any thread; must not wait. */
public interface ReceiveListener {
  /** Nobody is told. */
  ReceiveListener NONE = new ReceiveListener() {};

  /** It is known what comes. */
  default void coming(String chain, long point, Id checkpoint) {}

  /** A source answers. */
  default void running(String source) {}

  /** A source does not answer any more, or refuses. */
  default void lost(String source, String why) {}

  /**
   * So much is here.
   *
   * @param certified bytes that are here and certified
   * @param all bytes that there will be; a bound, at first
   */
  default void progress(long certified, long all) {}
}
