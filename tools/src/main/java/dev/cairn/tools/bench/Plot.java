package dev.cairn.tools.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws a run: how much of each bar is used, how long others take for each second of Cairn, and how
 * cost grows. All axes are logarithmic. Stateless.
 */
public final class Plot {
  private static final int WIDTH = 1000;
  private static final int LABELS = 520;
  private static final int ROW = 18;
  private static final int SMALL = 11;
  private static final int TITLE = 15;
  private static final int PANEL_WIDTH = 310;
  private static final int PANEL_HEIGHT = 190;
  private static final double LEAST = 0.05;
  private static final double MOST = 20;
  private static final String GOOD = "#2f855a";
  private static final String BAD = "#c53030";
  private static final String PLAIN = "#2b6cb0";
  private static final String GRID = "#cbd5e0";

  private Plot() {}

  /** Returns the picture as SVG. */
  public static String svg(Results results) {
    Svg svg = new Svg(WIDTH);
    double y = 12;
    List<Bar> bars = new ArrayList<>();
    List<Bar> others = new ArrayList<>();
    for (Results.Entry entry : results.entries()) {
      Row row = entry.row();
      row.bar()
          .filter(_ -> !Double.isNaN(row.ratio()) && !row.more().containsKey("curve"))
          .ifPresent(
              bar ->
                  bars.add(
                      new Bar(
                          entry.work() + ": " + row.work().strip(),
                          bar.used(row.ratio()),
                          row.verdict() == Row.Verdict.MET ? GOOD : BAD)));
      if (row.more().containsKey("cairnNanos")) {
        others.add(new Bar(row.more().get("of") + ": " + row.work().strip(), row.ratio(), PLAIN));
      }
    }
    y = bars(svg, y, "How much of each bar is used (1: all of it; less is better)", bars);
    y = bars(svg, y, "Time of others ÷ time of Cairn (above 1: Cairn is faster)", others);
    y = curves(svg, y, results);
    return svg.file(y + 10);
  }

  private record Bar(String label, double value, String colour) {}

  private static double x(double value) {
    double inside = Math.min(MOST, Math.max(LEAST, value));
    double part = Math.log(inside / LEAST) / Math.log(MOST / LEAST);
    return LABELS + part * (WIDTH - LABELS - 70);
  }

  private static double bars(Svg svg, double top, String title, List<Bar> bars) {
    if (bars.isEmpty()) {
      return top;
    }
    svg.text(10, top + TITLE, "start", TITLE, title);
    double first = top + 44;
    double end = first + bars.size() * ROW;
    for (double tick : new double[] {0.1, 1, 10}) {
      svg.line(x(tick), first - 4, x(tick), end, tick == 1 ? "#1f2933" : GRID);
      svg.text(x(tick), first - 8, "middle", SMALL, number(tick));
    }
    double y = first;
    for (Bar bar : bars) {
      svg.text(LABELS - 8, y + 12, "end", SMALL, shortened(bar.label));
      double from = Math.min(x(1), x(bar.value));
      svg.rectangle(from, y + 2, Math.max(1, Math.abs(x(bar.value) - x(1))), ROW - 5, bar.colour);
      svg.text(Math.max(x(1), x(bar.value)) + 5, y + 12, "start", SMALL, number(bar.value));
      y += ROW;
    }
    return end + 26;
  }

  private static String shortened(String label) {
    return label.length() <= 84 ? label : label.substring(0, 83) + "…";
  }

  /** Lines of one quantity: x and y of each stop. */
  private record Curve(String title, List<double[]> stops) {}

  private static double curves(Svg svg, double top, Results results) {
    List<Curve> curves = new ArrayList<>();
    for (Results.Entry entry : results.entries()) {
      Map<String, Object> more = entry.row().more();
      if (more.get("curve") instanceof String name
          && more.get("x") instanceof List<?> xs
          && more.get("y") instanceof List<?> ys) {
        List<double[]> stops = new ArrayList<>();
        for (int i = 0; i < xs.size(); i++) {
          double y = ((Number) ys.get(i)).doubleValue();
          stops.add(new double[] {((Number) xs.get(i)).doubleValue(), Math.max(y, 1e-9)});
        }
        String unit = String.valueOf(more.get("unit"));
        String what = unit.isEmpty() ? name : name + " (" + unit + ")";
        curves.add(new Curve(what + " by " + more.get("along"), stops));
      }
    }
    if (curves.isEmpty()) {
      return top;
    }
    svg.text(10, top + TITLE, "start", TITLE, "How cost grows (a straight line is a power)");
    double y = top + 30;
    int column = 0;
    for (Curve curve : curves) {
      panel(svg, 20 + column * (PANEL_WIDTH + 15), y, curve);
      column = (column + 1) % 3;
      y += column == 0 ? PANEL_HEIGHT + 15 : 0;
    }
    return y + (column == 0 ? 0 : PANEL_HEIGHT + 15);
  }

  private static void panel(Svg svg, double left, double top, Curve curve) {
    double plotLeft = left + 60;
    double plotTop = top + 22;
    double wide = PANEL_WIDTH - 80;
    double high = PANEL_HEIGHT - 50;
    svg.text(left + 10, top + 12, "start", SMALL + 1, curve.title);
    double[] least = curve.stops.getFirst().clone();
    double[] most = least.clone();
    for (double[] stop : curve.stops) {
      for (int i = 0; i < 2; i++) {
        least[i] = Math.min(least[i], stop[i]);
        most[i] = Math.max(most[i], stop[i]);
      }
    }
    // At least two decades: what hardly grows shall look so.
    double decades = Math.max(2, Math.log10(most[1] / least[1]));
    svg.line(plotLeft, plotTop, plotLeft, plotTop + high, GRID);
    svg.line(plotLeft, plotTop + high, plotLeft + wide, plotTop + high, GRID);
    double lastX = Double.NaN;
    double lastY = Double.NaN;
    for (double[] stop : curve.stops) {
      double span = Math.log10(most[0] / least[0]);
      double x = plotLeft + (span == 0 ? 0 : Math.log10(stop[0] / least[0]) / span) * wide;
      double y = plotTop + high * (1 - Math.log10(stop[1] / least[1]) / decades);
      if (!Double.isNaN(lastX)) {
        svg.line(lastX, lastY, x, y, PLAIN);
      }
      svg.dot(x, y, PLAIN);
      svg.text(x, y - 7, "middle", SMALL - 1, number(stop[1]));
      svg.text(x, plotTop + high + 13, "middle", SMALL - 1, number(stop[0]));
      lastX = x;
      lastY = y;
    }
  }

  private static String number(double value) {
    if (value >= 10_000) {
      return String.format(Locale.ROOT, "%.3g", value);
    }
    return value >= 100 || value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.2f", value);
  }
}
