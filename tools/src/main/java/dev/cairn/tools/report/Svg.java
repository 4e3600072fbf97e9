package dev.cairn.tools.report;

import dev.cairn.tools.picture.Markup;
import java.util.Locale;

/** The few elements that the drawings are made of. Stateless. */
final class Svg {
  private Svg() {}

  /** Puts a drawing into the element around it, with what it shows for those who do not see it. */
  static String drawing(String id, int height, String title, String body) {
    return String.format(
        Locale.ROOT,
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%4$s\">"
            + "<svg viewBox=\"0 0 %1$d %2$d\" role=\"img\" aria-labelledby=\"%3$s\">"
            + "<title id=\"%3$s\">%4$s</title>%n%5$s</svg></div>%n",
        Axis.WIDTH,
        height,
        id,
        Markup.escape(title),
        body);
  }

  /** A rectangle that tells what it is to who points at it. */
  static void rectangle(
      StringBuilder out, String kind, double x, double y, double w, double h, String title) {
    out.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">",
            kind,
            x,
            y,
            w,
            h));
    if (!title.isEmpty()) {
      out.append("<title>").append(Markup.escape(title)).append("</title>");
    }
    out.append("</rect>\n");
  }

  static void line(StringBuilder out, String kind, double x1, double y1, double x2, double y2) {
    out.append(
        String.format(
            Locale.ROOT,
            "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>%n",
            kind,
            x1,
            y1,
            x2,
            y2));
  }

  static void path(StringBuilder out, String kind, String data, String title) {
    out.append("<path class=\"").append(kind).append("\" d=\"").append(data).append("\">");
    if (!title.isEmpty()) {
      out.append("<title>").append(Markup.escape(title)).append("</title>");
    }
    out.append("</path>\n");
  }

  static void text(StringBuilder out, String kind, double x, double y, String anchor, String text) {
    out.append(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            kind,
            x,
            y,
            anchor,
            Markup.escape(text)));
  }
}
