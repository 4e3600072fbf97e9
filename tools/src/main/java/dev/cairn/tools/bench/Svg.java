package dev.cairn.tools.bench;

import java.util.Locale;

/** A picture of lines, rectangles and text, from top to bottom. Not thread-safe. */
final class Svg {
  private static final String INK = "#1f2933";

  private final StringBuilder body = new StringBuilder();
  private final int width;

  Svg(int width) {
    this.width = width;
  }

  int width() {
    return width;
  }

  /** Adds text that begins at x, or ends there, or has its middle there. */
  void text(double x, double y, String anchor, int size, String text) {
    body.append(
        format(
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>%n",
            x, y, anchor, size, escaped(text)));
  }

  void line(double x1, double y1, double x2, double y2, String colour) {
    body.append(
        format(
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>%n",
            x1, y1, x2, y2, colour));
  }

  void rectangle(double x, double y, double wide, double high, String colour) {
    body.append(
        format(
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
            x, y, wide, high, colour));
  }

  void dot(double x, double y, String colour) {
    body.append(format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n", x, y, colour));
  }

  /** Returns the whole file. */
  String file(double height) {
    return format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\""
                + " font-family=\"DejaVu Sans, Arial, sans-serif\" fill=\"%s\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>%n",
            width, height, INK)
        + body
        + "</svg>\n";
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
