package dev.cairn.transport.receive;

import dev.cairn.store.Id;
import java.io.IOException;

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

  /** A guest can start from the point: its device state is here, its pages can be asked for. */
  default void ready(String chain, long point) {}

  /** A source does not give a file that it had. */
  default void lacking(String source, String file, IOException why) {}

  /** The state of a source is to come, in the place of one that nobody has any more. */
  default void changed(String source) {}

  /** It stands otherwise with its sources. */
  default void state(PullState state) {}

  /**
   * So much is here.
   *
   * @param certified bytes that are here and certified
   * @param all bytes that there will be; a bound, at first
   */
  default void progress(long certified, long all) {}
}
