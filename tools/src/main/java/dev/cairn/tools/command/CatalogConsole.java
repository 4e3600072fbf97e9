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
      line.draw(() -> what + " " + doneChains + " of " + allChains + " chains ");
    }
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
