package dev.cairn.chain.catalog;

import java.io.IOException;

/** Told of what happens while a catalog is brought up to date, by the thread that does it. */
public interface CatalogListener {
  /** Listens to nothing and lets all be done. */
  CatalogListener NONE = new CatalogListener() {};

  /**
   * Takes note of how far the work is.
   *
   * @param doneChains chains looked at so far
   * @param allChains in the store
   */
  default void at(int doneChains, int allChains) {}

  /** Takes note of a chain that could not be read; its rows stay as they were. */
  default void skipped(String chain, IOException why) {}

  /** Takes note of something that a person may want to know, such as a rebuild. */
  default void notice(String text) {}

  /** Tells whether to stop before the next chain; who comes next goes on from there. */
  default boolean enough() {
    return false;
  }
}
