package dev.cairn.tools.report;

import dev.cairn.tools.report.ReportData.Moment;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/**
 * A quantity over the points of a chain. Immutable.
 *
 * @param name what it is, in a word or two
 * @param kind of its marks, for the style sheet
 * @param value at a moment; empty where it is not known
 * @param unit says a value in words
 */
record Chart(
    String name, String kind, Function<Moment, OptionalDouble> value, DoubleFunction<String> unit) {
  private static final int HEIGHT = 92;
  private static final int GAP = 46;

  /** Draws charts below each other, over one axis. */
  static String draw(Axis axis, String id, String title, List<Chart> charts) {
    StringBuilder out = new StringBuilder();
    int y = 34;
    for (Chart chart : charts) {
      chart.draw(out, axis, y);
      y += HEIGHT + GAP;
    }
    int end = y - GAP + 4;
    axis.draw(out, end);
    return Svg.drawing(id, end + 52, title, out.toString());
  }

  boolean isKnown(Axis axis) {
    return axis.moments().stream().anyMatch(m -> value.apply(m).isPresent());
  }

  /** Returns a number that is easily read, not below the greatest value. */
  private double top(Axis axis) {
    double most =
        axis.moments().stream().mapToDouble(m -> value.apply(m).orElse(0)).max().orElse(0);
    if (most <= 0) {
      return 1;
    }
    boolean bytes = unit.apply(2048).contains("KiB");
    double step = bytes ? Math.pow(1024, Math.floor(Math.log(most) / Math.log(1024))) : 1;
    double rest = most / step;
    double ten = Math.pow(10, Math.floor(Math.log10(rest)));
    for (double nice : new double[] {1, 1.5, 2, 3, 4, 5, 6, 8, 10}) {
      if (nice * ten >= rest) {
        return nice * ten * step;
      }
    }
    return most;
  }

  private void draw(StringBuilder out, Axis axis, int y) {
    double top = top(axis);
    Svg.text(out, "name", 0, y - 18, "start", name);
    for (int half = 0; half <= 2; half++) {
      double at = y + HEIGHT - half * HEIGHT / 2.0;
      Svg.line(out, half == 0 ? "axis" : "grid", Axis.LEFT, at, Axis.RIGHT, at);
      if (half > 0) {
        Svg.text(out, "tick quiet", Axis.LEFT - 8, at + 4, "end", unit.apply(top * half / 2));
      }
    }
    if (kind.startsWith("line")) {
      curve(out, axis, y, top);
      return;
    }
    boolean gaps = axis.moments().size() <= 120;
    for (int i = 0; i < axis.moments().size(); i++) {
      Moment moment = axis.moments().get(i);
      OptionalDouble here = value.apply(moment);
      if (here.isPresent()) {
        double width = Math.min(28, axis.start(1) - axis.start(0)) - (gaps ? 1.5 : 0);
        double height = Math.max(here.getAsDouble() > 0 ? 1 : 0, here.getAsDouble() / top * HEIGHT);
        Svg.rectangle(
            out,
            kind,
            axis.middle(i) - width / 2,
            y + HEIGHT - height,
            width,
            height,
            title(moment, here.getAsDouble()));
      }
    }
  }

  private void curve(StringBuilder out, Axis axis, int y, double top) {
    StringBuilder path = new StringBuilder();
    double last = 0;
    double lastX = 0;
    double lastY = 0;
    for (int i = 0; i < axis.moments().size(); i++) {
      OptionalDouble here = value.apply(axis.moments().get(i));
      if (here.isPresent()) {
        last = here.getAsDouble();
        lastX = axis.middle(i);
        lastY = y + HEIGHT - last / top * HEIGHT;
        path.append(
            String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", lastX, lastY));
      }
    }
    if (!path.isEmpty()) {
      Svg.path(out, kind, path.toString(), name);
      Svg.rectangle(out, "end", lastX - 3, lastY - 3, 6, 6, "");
      Svg.text(out, "value", lastX, lastY - 8, "end", unit.apply(last));
    }
  }

  private String title(Moment moment, double here) {
    String points = moment.points() == 1 ? "" : ", " + moment.points() + " points";
    return moment.name()
        + points
        + ", "
        + Axis.clock(moment.from())
        + " UTC: "
        + name.toLowerCase(Locale.ROOT)
        + " "
        + unit.apply(here);
  }
}
