package dev.cairn.tools.command;

import dev.cairn.chain.catalog.CatalogListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Tells a person of the work on the catalog. Not thread-safe. */
final class CatalogConsole implements CatalogListener {
  private static final long REDRAW_NANOS = 200_000_000;

  private final Console console;
  private final String what;
  private final boolean draws;
  private boolean shown;
  private long drawn = System.nanoTime();
  private final List<String> skipped = new ArrayList<>();

  CatalogConsole(Console console, String what) {
    this.console = console;
    this.what = what;
    this.draws = console.drawsProgress();
  }

  /** Returns the chains that could not be read. */
  List<String> skipped() {
    return List.copyOf(skipped);
  }

  @Override
  public void at(int doneChains, int allChains) {
    long now = System.nanoTime();
    boolean end = doneChains == allChains && shown;
    if (draws && (end || now - drawn >= REDRAW_NANOS)) {
      drawn = now;
      shown = true;
      String text =
          String.format(Locale.ROOT, "\r%s %d of %d chains ", what, doneChains, allChains);
      System.err.print(end ? "\r" + " ".repeat(text.length()) + "\r" : text);
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
