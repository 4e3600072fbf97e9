package dev.cairn.tools.bench;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A way by which a page comes that a guest waits for. Not thread-safe. */
interface PageWay extends Closeable {
  /** Returns its name for people. */
  String name();

  /** Takes a page: native memory, lent for the call. */
  @FunctionalInterface
  interface Taker {
    void take(MemorySegment page) throws IOException;
  }

  /**
   * Asks for a page, and waits until it was taken.
   *
   * @param taker called once, by the thread that has the page first
   */
  void page(long number, Taker taker) throws IOException;

  @Override
  void close() throws IOException;
}
