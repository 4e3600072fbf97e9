package dev.cairn.tools.report;

import dev.cairn.store.file.FileName;
import dev.cairn.tools.picture.Units;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The stack as rectangles: indexes at the left, each as wide as the points that it answers, newest
 * on top; files at the right, each as high as what it takes; a band from an index to each file that
 * it draws on. Stateless.
 */
final class StackDrawing {
  private static final int ROW = 30;
  private static final int BAR = 15;
  private static final int INDEX_RIGHT = 400;
  private static final int FILE_LEFT = 600;
  private static final int FILE_RIGHT = 690;
  private static final int TOP = 26;

  /** For what files are higher than a line of text. */
  private static final int ROOM = 240;

  private static final int LEAST_FILE = 15;
  private static final int GAP = 4;

  private StackDrawing() {}

  /** Where something lies, and how much of its edge the bands have taken. */
  private static final class Place {
    final double y;
    final double height;
    final long bytes;
    double taken;

    Place(double y, double height, long bytes) {
      this.y = y;
      this.height = height;
      this.bytes = bytes;
    }

    /** Takes the next part of the edge for some of the bytes. */
    double take(long some) {
      double part = Math.max(0.75, height * some / Math.max(1, bytes));
      taken += part;
      return part;
    }
  }

  static String draw(Axis axis, Stack stack) {
    List<Stack.Held> files = stack.files();
    int indexHeight = stack.indexes().size() * ROW;
    int leastFiles = files.size() * (LEAST_FILE + GAP);
    int height = Math.max(indexHeight, leastFiles + ROOM);
    StringBuilder out = new StringBuilder();
    Svg.text(out, "name", 0, 12, "start", "Indexes, newest on top");
    Svg.text(out, "name", FILE_LEFT, 12, "start", "Files, by what they take");
    Map<String, Place> places = places(files, height);
    StringBuilder rectangles = new StringBuilder();
    double y = TOP;
    for (Stack.Index index : stack.indexes()) {
      index(rectangles, axis, index, y);
      bands(out, index, y, places);
      y += ROW;
    }
    for (Stack.Held file : files) {
      file(rectangles, file, Objects.requireNonNull(places.get(file.name())));
    }
    String title =
        stack.indexes().size() + " indexes and " + files.size() + " files: who draws on which";
    return Svg.drawing("stack-title", TOP + height + 8, title, out.append(rectangles).toString());
  }

  private static Map<String, Place> places(List<Stack.Held> files, int height) {
    long all = Math.max(1, files.stream().mapToLong(Stack.Held::bytes).sum());
    double free = height - files.size() * (double) (LEAST_FILE + GAP);
    Map<String, Place> places = new HashMap<>();
    double y = TOP;
    for (Stack.Held file : files) {
      double own = LEAST_FILE + free * file.bytes() / all;
      long edge = Math.max(file.bytes(), file.used());
      places.put(file.name(), new Place(y, own, edge));
      y += own + GAP;
    }
    return places;
  }

  private static void index(StringBuilder out, Axis axis, Stack.Index index, double y) {
    double scale = (double) INDEX_RIGHT / (Axis.RIGHT - Axis.LEFT);
    double from = (axis.start(axis.find(index.first())) - Axis.LEFT) * scale;
    double to = (axis.start(axis.find(index.last()) + 1) - Axis.LEFT) * scale;
    String size = Units.bytes(index.indexBytes());
    boolean base = index.name().startsWith("base");
    Svg.rectangle(out, "track", 0, y + ROW - BAR, INDEX_RIGHT, BAR - 3, "");
    Svg.rectangle(
        out,
        base ? "index base" : "index",
        from,
        y + ROW - BAR,
        Math.max(3, to - from),
        BAR - 3,
        index.name() + ": " + points(index.points()) + ", index of " + size);
    Svg.text(out, "label", 0, y + ROW - BAR - 3, "start", index.name());
    Svg.text(
        out,
        "label quiet",
        INDEX_RIGHT,
        y + ROW - BAR - 3,
        "end",
        points(index.points()) + ", index " + size);
  }

  private static String points(int points) {
    return points == 1 ? "1 point" : points + " points";
  }

  private static void bands(
      StringBuilder out, Stack.Index index, double y, Map<String, Place> places) {
    long all = index.draws().values().stream().mapToLong(Long::longValue).sum();
    Place edge = new Place(y + ROW - BAR, BAR - 3, all);
    index
        .draws()
        .forEach(
            (file, bytes) -> {
              Place place = places.get(file);
              if (place == null) {
                return; // a file that only an index of a fork's source names
              }
              double fromTop = edge.y + Math.min(edge.taken, edge.height - 0.75);
              double from = Math.min(edge.take(bytes), edge.height);
              double toTop = place.y + Math.min(place.taken, place.height - 0.75);
              double to = Math.min(place.take(bytes), place.height);
              double middle = (INDEX_RIGHT + FILE_LEFT) / 2.0;
              String data =
                  String.format(
                      Locale.ROOT,
                      "M%d %.1fC%.0f %.1f %.0f %.1f %d %.1fV%.1fC%.0f %.1f %.0f %.1f %d %.1fZ",
                      INDEX_RIGHT,
                      fromTop,
                      middle,
                      fromTop,
                      middle,
                      toTop,
                      FILE_LEFT,
                      toTop,
                      toTop + to,
                      middle,
                      toTop + to,
                      middle,
                      fromTop + from,
                      INDEX_RIGHT,
                      fromTop + from);
              boolean base = index.name().startsWith("base");
              Svg.path(
                  out,
                  base ? "band base" : "band",
                  data,
                  index.name() + " draws " + Units.bytes(bytes) + " of " + file);
            });
  }

  private static void file(StringBuilder out, Stack.Held file, Place place) {
    double live = Math.min(1, (double) file.used() / Math.max(1, file.bytes()));
    String drawn = Units.bytes(Math.min(file.used(), file.bytes()));
    String size = Units.bytes(file.bytes());
    String title = file.name() + ", " + file.kind() + ": " + size + ", in use " + drawn;
    boolean base = file.kind().equals("base image");
    int width = FILE_RIGHT - FILE_LEFT;
    Svg.rectangle(out, "file dead", FILE_LEFT, place.y, width, place.height, title);
    Svg.rectangle(
        out, base ? "file base" : "file", FILE_LEFT, place.y, width, place.height * live, title);
    double middle = place.y + place.height / 2 + 4;
    Svg.text(out, "label", FILE_RIGHT + 8, middle, "start", shortName(file.name()));
    Svg.text(out, "label quiet", Axis.WIDTH - 4, middle, "end", size);
  }

  /** A name without the zeros that make names sort, and without most of its random part. */
  private static String shortName(String name) {
    return FileName.parse(name)
        .map(
            file ->
                (file.first() == file.last() ? "@" : "@" + file.first() + "\u2026@")
                    + file.last()
                    + " "
                    + HexFormat.of().toHexDigits(file.fileId()).substring(0, 4)
                    + "\u2026 ."
                    + file.kind().suffix())
        .orElse(name);
  }
}
