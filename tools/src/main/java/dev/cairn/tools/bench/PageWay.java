package dev.cairn.tools.bench;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A way by which a page comes that a guest waits for. Not thread-safe. */
interface PageWay extends Closeable {
  /** Returns its name for people. */
  String name();

  /**
   * Asks for a page and waits until it is here.
   *
   * @return native memory of a page, good until the next is asked for
   */
  MemorySegment page(long number) throws IOException;

  @Override
  void close() throws IOException;
}
