package dev.cairn.tools.command;

import dev.cairn.tools.linux.Terminal;
import java.io.PrintStream;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** One line that is drawn again as work goes on, and is gone at its end. Thread-safe. */
final class StatusLine {
  private final PrintStream out;
  private final BooleanSupplier shown;
  private final long redrawNanos;
  private long drawn = System.nanoTime();
  private int longest;

  /**
   * @param shown asked when there is something to draw: short works need not know whether somebody
   *     is looking
   * @param redrawNanos it is not drawn more often, nor before
   */
  StatusLine(PrintStream out, BooleanSupplier shown, long redrawNanos) {
    this.out = out;
    this.shown = shown;
    this.redrawNanos = redrawNanos;
  }

  /** Draws a text over the one before, if it is time. */
  synchronized void draw(Supplier<String> text) {
    long now = System.nanoTime();
    if (now - drawn < redrawNanos) {
      return;
    }
    drawn = now;
    if (shown.getAsBoolean()) {
      String line = cut(text.get(), Terminal.columnsOfError());
      out.print("\r" + line + " ".repeat(Math.max(0, longest - line.length())));
      out.flush();
      longest = Math.max(longest, line.length());
    }
  }

  /** A line that the terminal breaks could not be drawn over. */
  static String cut(String line, OptionalInt columns) {
    int most = columns.isPresent() ? columns.getAsInt() - 1 : line.length();
    return line.length() <= most ? line : line.substring(0, Math.max(0, most));
  }

  /** Takes it away and prints something in its place, so that nobody draws in between. */
  synchronized void over(Runnable print) {
    clear();
    print.run();
  }

  /** Takes it away. */
  synchronized void clear() {
    if (longest > 0) {
      out.print("\r" + " ".repeat(longest) + "\r");
      out.flush();
      longest = 0;
    }
  }
}
