package dev.cairn.tools.picture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A map of writes in characters, for a terminal. Immutable. */
public final class HeatText {
  /** Rows of a map for this; small RAM blocks come on top. */
  public static final int ROWS = 20;

  private static final int NAME = 14;
  private static final int ADDRESS = 9;

  /** Columns of characters that are not cells. */
  private static final int AROUND = NAME + ADDRESS + 4;

  private static final String UNICODE = " \u00b7 \u2502\u25cb\u2591\u2592\u2593\u2588";
  private static final String ASCII = " . |o:+*#";
  private static final int RAMP = 5;

  /**
   * How characters are to be.
   *
   * @param unicode whether the terminal knows more than ASCII
   * @param colour whether it has colours
   * @param palette which ones
   */
  public record Style(boolean unicode, boolean colour, Palette palette) {}

  private final String chain;
  private final Shades shades;
  private final Style style;

  public HeatText(String chain, Shades shades, Style style) {
    this.chain = chain;
    this.shades = shades;
    this.style = style;
  }

  /** Returns how many columns a map has that fits a terminal of that width. */
  public static int columns(int width) {
    return Math.max(8, width - AROUND);
  }

  /** Returns the lines. */
  public List<String> lines() {
    WriteMap map = shades.map();
    List<String> lines = new ArrayList<>();
    lines.add(chain + ": " + shades.title());
    for (WriteMap.Band band : map.bands()) {
      for (int row = band.firstRow(); row < band.firstRow() + band.rows(); row++) {
        boolean first = row == band.firstRow();
        boolean last = row == band.firstRow() + band.rows() - 1;
        long end = map.firstPage(band, row) + map.pages(band, row);
        lines.add(
            String.format(
                    Locale.ROOT,
                    "%-" + NAME + "s %s%s%s %s",
                    first ? cut(band.block()) : "",
                    edge(),
                    cells(row),
                    edge(),
                    last || (first && band.rows() > 1)
                        ? Units.bytes((last ? end : map.firstPage(band, row)) * map.pageSize())
                        : "")
                .stripTrailing());
      }
    }
    axis(lines);
    legend(lines);
    return lines;
  }

  private String cut(String name) {
    if (name.length() <= NAME) {
      return name;
    }
    return (style.unicode() ? "\u2026" : "~") + name.substring(name.length() - NAME + 1);
  }

  private String edge() {
    return style.unicode() ? "\u2502" : "|";
  }

  private String cells(int row) {
    StringBuilder text = new StringBuilder();
    int columns = shades.map().columns().size();
    int colour = -1;
    for (int column = 0; column < columns; column++) {
      int shade = shades.at(row, column);
      if (style.colour() && shade != colour) {
        colour = shade;
        text.append(escape(shade));
      }
      text.append(character(shade));
    }
    return text.append(style.colour() ? "\u001b[0m" : "").toString();
  }

  /** The characters stay, so that what is copied from a terminal still tells. */
  private String escape(int shade) {
    int c = style.palette().shade(shade);
    boolean heat = shade >= Shades.FIRST_HEAT;
    String place = heat || shade == Shades.KEPT ? "48" : "38";
    String same =
        heat ? String.format(Locale.ROOT, ";38;2;%d;%d;%d", c >> 16, c >> 8 & 0xff, c & 0xff) : "";
    boolean plain = shade == Shades.NOT_THERE || shade == Shades.ABSENT;
    return plain
        ? "\u001b[0m"
        : String.format(
            Locale.ROOT,
            "\u001b[0;%s;2;%d;%d;%d%sm",
            place,
            c >> 16,
            c >> 8 & 0xff,
            c & 0xff,
            same);
  }

  private char character(int shade) {
    String ramp = style.unicode() ? UNICODE : ASCII;
    if (shade < Shades.FIRST_HEAT) {
      return ramp.charAt(shade);
    }
    int steps = ramp.length() - RAMP;
    return ramp.charAt(RAMP + (shade - Shades.FIRST_HEAT) * steps / Shades.HEATS);
  }

  private void axis(List<String> lines) {
    List<WriteMap.Column> columns = shades.map().columns();
    if (columns.isEmpty()) {
      return;
    }
    String left = "@" + columns.getFirst().first();
    String right = "@" + columns.getLast().last();
    int gap = Math.max(1, columns.size() + 2 - left.length() - right.length());
    String indent = " ".repeat(NAME + 1);
    lines.add(columns.size() == 1 ? indent + left : indent + left + " ".repeat(gap) + right);
    int points = columns.stream().mapToInt(WriteMap.Column::points).sum();
    double each = (double) points / columns.size();
    lines.add(
        indent
            + columns.getFirst().from().toString().substring(0, 19)
            + "Z to "
            + columns.getLast().to().toString().substring(0, 19)
            + "Z; a column is "
            + (each == 1
                ? "a point"
                : String.format(Locale.ROOT, each == Math.rint(each) ? "%.0f" : "%.1f", each)
                    + " points"));
  }

  private void legend(List<String> lines) {
    List<String> labels = shades.heatLabels();
    StringBuilder ramp = new StringBuilder();
    for (int step = 0; step < Shades.HEATS; step++) {
      int shade = Shades.FIRST_HEAT + step;
      ramp.append(style.colour() ? escape(shade) : "").append(character(shade));
    }
    ramp.append(style.colour() ? "\u001b[0m" : "");
    String indent = " ".repeat(NAME + 1);
    lines.add(indent + labels.get(0) + " " + ramp + " " + labels.get(2));
    lines.add(
        indent
            + "'%c' zeros written  '%c' base image  ' ' stored before  '%c' never stored"
                .formatted(
                    character(Shades.ZEROED), character(Shades.BASE), character(Shades.ABSENT)));
  }
}
