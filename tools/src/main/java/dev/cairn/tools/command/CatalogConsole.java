package dev.cairn.tools.command;

import dev.cairn.chain.catalog.CatalogListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Tells a person of the work on the catalog. Not thread-safe. */
final class CatalogConsole implements CatalogListener {
  private final Console console;
  private final String what;
  private final StatusLine line;
  private final long begin = System.nanoTime();
  private final List<String> skipped = new ArrayList<>();

  CatalogConsole(Console console, String what) {
    this.console = console;
    this.what = what;
    this.line = console.statusLine();
  }

  /** Returns the chains that could not be read. */
  List<String> skipped() {
    return List.copyOf(skipped);
  }

  @Override
  public void at(int doneChains, int allChains) {
    if (doneChains == allChains) {
      line.clear();
    } else {
      line.draw(() -> text(what, doneChains, allChains, (System.nanoTime() - begin) / 1e9));
    }
  }

  /** Returns how far the work is after a time. */
  static String text(String what, int doneChains, int allChains, double seconds) {
    return "%s %d of %d chains, %s left "
        .formatted(
            what,
            doneChains,
            allChains,
            Console.time(seconds * (allChains - doneChains) / Math.max(1, doneChains)));
  }

  @Override
  public void skipped(String chain, IOException why) {
    skipped.add(chain);
    console.warn(
        "chain "
            + chain
            + " is not in the catalog as it is now: "
            + why.getMessage()
            + "; see: cairn verify "
            + chain);
  }

  @Override
  public void notice(String text) {
    console.warn(text);
  }
}
