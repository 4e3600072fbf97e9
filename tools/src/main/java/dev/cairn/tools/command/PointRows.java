package dev.cairn.tools.command;

import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.catalog.CatalogPoint;
import dev.cairn.chain.manifest.Hold;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.store.file.Point;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A restore point as a row of a table and as an object. */
final class PointRows {
  /** Above the rows of one chain. */
  static final String HEADING =
      String.format("%10s  %-27s %10s %10s  %s", "CHECKPOINT", "TIME", "PAGES", "BYTES", "LABEL");

  /** Above the rows of all chains. */
  static final String CHAIN_HEADING = String.format("%-24s %s", "CHAIN", HEADING);

  private PointRows() {}

  static String text(RestorePoint point) {
    Point p = point.point();
    StringBuilder row = new StringBuilder();
    columns(row, p.checkpoint(), p.time(), p.written().pages(), p.written().bytes());
    return label(row, point.label(), point.pinned(), point.held());
  }

  static String text(CatalogPoint p, Optional<Manifest.Marks> marks) {
    StringBuilder row = new StringBuilder();
    row.append(p.chain()).repeat(' ', Math.max(0, 24 - p.chain().length())).append(' ');
    columns(row, p.checkpoint(), p.time(), p.pages(), p.bytes());
    return label(row, p.label(), isPinned(p, marks), isHeld(p, marks));
  }

  /** Thousands of rows in a young JVM: a formatter would take most of the command's time. */
  private static void columns(
      StringBuilder row, long checkpoint, Instant at, long pages, long bytes) {
    right(row, 10, Long.toString(checkpoint));
    String time = at.toString();
    row.append("  ").append(time).repeat(' ', Math.max(0, 27 - time.length())).append(' ');
    right(row, 10, Long.toString(pages));
    row.append(' ');
    right(row, 10, Console.bytes(bytes));
    row.append("  ");
  }

  private static String label(StringBuilder row, String label, boolean pinned, boolean held) {
    return row.append(label)
        .append(pinned ? " [pinned]" : "")
        .append(held ? " [held]" : "")
        .toString();
  }

  private static boolean isPinned(CatalogPoint p, Optional<Manifest.Marks> marks) {
    return marks.isPresent() && marks.get().pins().contains(p.checkpoint());
  }

  private static boolean isHeld(CatalogPoint p, Optional<Manifest.Marks> marks) {
    return marks.isPresent()
        && marks.get().holds().stream().anyMatch(hold -> hold.point() == p.checkpoint());
  }

  private static void right(StringBuilder row, int width, String text) {
    row.repeat(' ', Math.max(0, width - text.length())).append(text);
  }

  /** Returns holds as an object has them. */
  static List<Map<String, Object>> json(List<Hold> holds) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Hold hold : holds) {
      rows.add(
          Fields.of("token", hold.token())
              .and("checkpoint", hold.point())
              .and("owner", hold.owner())
              .map());
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

  /** Returns a row; whether it is pinned and held is null if the chain cannot say it. */
  static Map<String, Object> json(CatalogPoint p, Optional<Manifest.Marks> marks) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("chain", p.chain());
    row.put("checkpoint", p.checkpoint());
    row.put("time", p.time().toString());
    row.put("label", p.label());
    row.put("pinned", marks.isPresent() ? isPinned(p, marks) : null);
    row.put("held", marks.isPresent() ? isHeld(p, marks) : null);
    row.put("bytes", p.bytes());
    row.put("pages", p.pages());
    return row;
  }
}
