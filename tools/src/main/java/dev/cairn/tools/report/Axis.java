package dev.cairn.tools.report;

import dev.cairn.tools.report.ReportData.Moment;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where a moment lies on the width that all charts of a page share: one after the other, as evenly
 * as the heat map has them. Immutable.
 *
 * @param moments from old to new
 */
record Axis(List<Moment> moments) {
  /** Width of a chart's picture; what a browser makes of it is its own. */
  static final int WIDTH = 960;

  static final int LEFT = 76;
  static final int RIGHT = 924;

  private static final int TICK_EVERY = 116;
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMM uuuu", Locale.ROOT).withZone(ZoneOffset.UTC);

  static String clock(Instant time) {
    return CLOCK.format(time);
  }

  static String day(Instant time) {
    return DAY.format(time);
  }

  /** Returns where a moment begins. */
  double start(int moment) {
    return LEFT + (double) moment * (RIGHT - LEFT) / Math.max(1, moments.size());
  }

  double middle(int moment) {
    return (start(moment) + start(moment + 1)) / 2;
  }

  /** Returns the first moment that a checkpoint is in or below; the last one if none is. */
  int find(long checkpoint) {
    int at = 0;
    while (at < moments.size() - 1 && moments.get(at).last() < checkpoint) {
      at++;
    }
    return at;
  }

  /** Draws numbers and times below a chart. */
  void draw(StringBuilder out, int y) {
    int ticks = Math.max(1, Math.min(moments.size() - 1, (RIGHT - LEFT) / TICK_EVERY));
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i <= ticks && !moments.isEmpty(); i++) {
      int moment = i * (moments.size() - 1) / ticks;
      if (!at.contains(moment)) {
        at.add(moment);
      }
    }
    String day = "";
    for (int moment : at) {
      double x = middle(moment);
      Moment of = moments.get(moment);
      String today = day(of.from());
      Svg.line(out, "axis", x, y, x, y + 5);
      Svg.text(out, "tick", x, y + 18, "middle", "@" + of.first());
      Svg.text(out, "tick quiet", x, y + 32, "middle", clock(of.from()));
      if (!today.equals(day)) {
        Svg.text(out, "tick quiet", x, y + 46, "middle", today);
        day = today;
      }
    }
  }
}
