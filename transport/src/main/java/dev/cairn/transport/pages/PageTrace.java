package dev.cairn.transport.pages;

import java.io.IOException;

/** Is told which pages are asked of whom, by any thread; must not wait. */
public interface PageTrace {
  /** Nobody is told. */
  PageTrace NONE = new PageTrace() {};

  /** Why pages are asked of a source. */
  enum Why {
    /** Somebody waits for them. */
    WANTED,
    /** Another source has not answered yet. */
    SLOW,
    /** Another source was lost, or this one and is there again. */
    LOST,
    /** Another source, or this one a while ago, did not give them. */
    REFUSED
  }

  /** Pages are asked of a source. */
  default void asked(String source, int block, long page, int count, Why why) {}

  /** A source did not give them, or gave wrong ones. */
  default void refused(String source, int block, long page, int count, IOException why) {}
}
