package dev.cairn.tools.picture;

import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A picture of lines and letters, for an SVG; the cells are small PNGs within it, one for each
 * palette. Colours follow what the reader prefers, by classes. Not thread-safe.
 */
final class SvgSurface implements Surface {
  private final Shades shades;
  private final StringBuilder body = new StringBuilder();

  SvgSurface(Shades shades) {
    this.shades = shades;
  }

  /** Returns what was drawn, without the element around it. */
  String body() {
    return body.toString();
  }

  /** Returns the rules for the classes of one palette. */
  static String rules(Palette palette) {
    StringBuilder rules = new StringBuilder();
    for (Ink ink : Ink.values()) {
      rules.append(".heat .%s{fill:%s}".formatted(name(ink), Palette.css(palette.ink(ink))));
    }
    for (int shade = 0; shade < Shades.FIRST_HEAT + Shades.HEATS; shade++) {
      rules.append(".heat .s%d{fill:%s}".formatted(shade, Palette.css(palette.shade(shade))));
    }
    rules.append(".heat .hatch{stroke:%s}".formatted(Palette.css(palette.ink(Ink.LINE))));
    return rules
        .append(".heat .cells{display:none}.heat .on-" + palette.word() + "{display:inline}")
        .toString();
  }

  private static String name(Ink ink) {
    return switch (ink) {
      case PAPER -> "paper";
      case TEXT -> "text";
      case QUIET_TEXT -> "quiet";
      case LINE -> "line";
    };
  }

  @Override
  public void fill(int x, int y, int width, int height, Ink ink) {
    rectangle(x, y, width, height, name(ink));
  }

  @Override
  public void shade(int x, int y, int width, int height, int shade) {
    rectangle(x, y, width, height, "s" + shade);
    if (shade == Shades.NOT_THERE) {
      body.append(
          String.format(
              Locale.ROOT,
              "<path class=\"hatch\" d=\"M%d %dl%d %d\"/>",
              x,
              y + height,
              width,
              -height));
    }
  }

  private void rectangle(int x, int y, int width, int height, String kind) {
    body.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>%n",
            kind,
            x,
            y,
            width,
            height));
  }

  @Override
  public void text(int x, int y, Anchor anchor, Ink ink, String text) {
    String where =
        switch (anchor) {
          case START -> "start";
          case MIDDLE -> "middle";
          case END -> "end";
        };
    body.append(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
            name(ink),
            x,
            y,
            where,
            Markup.escape(text)));
  }

  @Override
  public void cells(int x, int y, int width, int height, int firstRow, int rows) {
    for (Palette palette : List.of(Palette.LIGHT, Palette.DARK)) {
      byte[] png = RasterSurface.cells(shades, firstRow, rows, palette);
      body.append(
          String.format(
              Locale.ROOT,
              "<image class=\"cells on-%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\""
                  + " preserveAspectRatio=\"none\" href=\"data:image/png;base64,%s\"/>%n",
              palette.word(),
              x,
              y,
              width,
              height,
              Base64.getEncoder().encodeToString(png)));
    }
  }
}
