package dev.cairn.tools.command;

import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.catalog.CatalogPoint;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.store.file.Point;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A restore point as a row of a table and as an object. */
final class PointRows {
  private PointRows() {}

  static String text(RestorePoint point) {
    Point p = point.point();
    String marks = (point.pinned() ? " [pinned]" : "") + (point.held() ? " [held]" : "");
    // Thousands of rows in a young JVM: a formatter would take most of the command's time.
    StringBuilder row = new StringBuilder();
    right(row, 10, Long.toString(p.checkpoint()));
    String time = p.time().toString();
    row.append("  ").append(time).repeat(' ', Math.max(0, 27 - time.length())).append(' ');
    right(row, 10, Long.toString(p.written().pages()));
    row.append(' ');
    right(row, 10, Console.bytes(p.written().bytes()));
    return row.append("  ").append(point.label()).append(marks).toString();
  }

  private static void right(StringBuilder row, int width, String text) {
    row.repeat(' ', Math.max(0, width - text.length())).append(text);
  }

  /** Returns holds as an object has them. */
  static List<Map<String, Object>> json(List<Hold> holds) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Hold hold : holds) {
      rows.add(Map.of("token", hold.token(), "checkpoint", hold.point(), "owner", hold.owner()));
    }
    return rows;
  }

  static Map<String, Object> json(RestorePoint point) {
    Point p = point.point();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("checkpoint", p.checkpoint());
    row.put("id", p.id().toString());
    row.put("time", p.time().toString());
    row.put("label", point.label());
    row.put("pinned", point.pinned());
    row.put("held", point.held());
    row.put("bytes", p.written().bytes());
    row.put("pages", p.written().pages());
    row.put("zeroPages", p.written().zeroPages());
    return row;
  }

  static String text(CatalogPoint p) {
    return String.format(
        Locale.ROOT,
        "%-24s %10d  %-27s %10d %10s  %s",
        p.chain(),
        p.checkpoint(),
        p.time(),
        p.pages(),
        Console.bytes(p.bytes()),
        p.label());
  }

  static Map<String, Object> json(CatalogPoint p) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("chain", p.chain());
    row.put("checkpoint", p.checkpoint());
    row.put("time", p.time().toString());
    row.put("label", p.label());
    row.put("bytes", p.bytes());
    row.put("pages", p.pages());
    return row;
  }
}
