package dev.cairn.tools.picture;

import dev.cairn.tools.picture.Surface.Anchor;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * A map of writes as a picture: addresses downwards, restore points to the right, with axes and a
 * legend. Immutable.
 */
public final class HeatPicture {
  /** How many rows and columns a map for a picture has at most; small RAM blocks come on top. */
  public static final int ROWS = 240;

  public static final int COLUMNS = 480;

  /** How wide the map in it is at most, pixels, where it has a page of its own. */
  public static final int WIDTH = 960;

  private static final int LEAST_WIDTH = 480;
  private static final int WIDEST_COLUMN = 40;
  private static final int ROW_HEIGHT = 2;
  private static final int LEAST_BAND = 18;
  private static final int GAP = 3;
  private static final int MARGIN = 18;
  private static final int LINE = 17;
  private static final int LONGEST_NAME = 26;
  private static final int TICK_EVERY = 110;
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final String title;
  private final Shades shades;
  private final WriteMap map;
  private final int left;
  private final int top;
  private final int plotWidth;
  private final int plotHeight;

  /**
   * Lays a picture out.
   *
   * @param chain its name
   * @param mostWidth of the map in it, pixels; not below the number of its columns
   */
  public HeatPicture(String chain, Shades shades, int mostWidth) {
    this.shades = shades;
    map = shades.map();
    List<WriteMap.Column> columns = map.columns();
    title = title(chain, columns);
    int longest = map.bands().stream().mapToInt(band -> name(band).length()).max().orElse(0);
    left = MARGIN + (longest + 1) * Glyphs.WIDTH;
    top = MARGIN + 3 * LINE;
    int each = columns.isEmpty() ? 1 : Math.max(1, mostWidth / columns.size());
    int wide = columns.size() * Math.min(WIDEST_COLUMN, each);
    plotWidth = Math.max(LEAST_WIDTH, wide);
    plotHeight = map.bands().stream().mapToInt(HeatPicture::height).sum();
  }

  private static String title(String chain, List<WriteMap.Column> columns) {
    if (columns.isEmpty()) {
      return chain + ": no restore points";
    }
    int points = columns.stream().mapToInt(WriteMap.Column::points).sum();
    return chain
        + ": "
        + points
        + (points == 1 ? " point, @" : " points, @")
        + columns.getFirst().first()
        + (points == 1 ? "" : "\u2026@" + columns.getLast().last());
  }

  private static int height(WriteMap.Band band) {
    return Math.max(LEAST_BAND, band.rows() * ROW_HEIGHT) + GAP;
  }

  private static String name(WriteMap.Band band) {
    String name = band.block();
    return name.length() <= LONGEST_NAME
        ? name
        : "\u2026" + name.substring(name.length() - LONGEST_NAME + 1);
  }

  int width() {
    return left + plotWidth + 12 * Glyphs.WIDTH + MARGIN;
  }

  int height() {
    return top + plotHeight + 8 * LINE + MARGIN;
  }

  /** Returns the picture as a PNG. */
  public byte[] png(Palette palette) {
    RasterSurface surface = new RasterSurface(shades, width(), height());
    draw(surface);
    return surface.png(palette);
  }

  /** Returns the picture as an SVG, which is light or dark as its reader prefers. */
  public String svg() {
    return element(rules());
  }

  /** Returns the rules for the classes of a picture that follows its reader. */
  private static String rules() {
    return SvgSurface.rules(Palette.LIGHT)
        + "@media(prefers-color-scheme:dark){"
        + SvgSurface.rules(Palette.DARK)
        + "}";
  }

  /** Returns the picture as an SVG of one palette. */
  public String svg(Palette palette) {
    return element(SvgSurface.rules(palette));
  }

  private String element(String rules) {
    SvgSurface surface = new SvgSurface(shades);
    draw(surface);
    return String.format(
        Locale.ROOT,
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" \
        class="heat" role="img" font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="11.6">
        <title>%3$s</title>
        <style>%4$s.heat .cells{image-rendering:pixelated}</style>
        %5$s</svg>
        """,
        width(),
        height(),
        Markup.escape(title + ", " + shades.title()),
        rules,
        surface.body());
  }

  private void draw(Surface surface) {
    surface.fill(0, 0, width(), height(), Ink.PAPER);
    surface.text(MARGIN, MARGIN + 11, Anchor.START, Ink.TEXT, title);
    surface.text(MARGIN, MARGIN + 11 + LINE, Anchor.START, Ink.QUIET_TEXT, shades.title() + cell());
    int y = top;
    for (WriteMap.Band band : map.bands()) {
      int height = height(band) - GAP;
      surface.cells(left, y, plotWidth, height, band.firstRow(), band.rows());
      surface.text(left - Glyphs.WIDTH, y + 13, Anchor.END, Ink.TEXT, name(band));
      addresses(surface, band, y, height);
      y += height + GAP;
    }
    points(surface, y + 4);
    legend(surface, y + 4 + 4 * LINE);
  }

  /** Says how large a cell is, where most of them are of one size. */
  private String cell() {
    WriteMap.Band large =
        map.bands().stream().max(Comparator.comparingLong(WriteMap.Band::pages)).orElse(null);
    int points = map.columns().stream().mapToInt(WriteMap.Column::points).max().orElse(0);
    return large == null
        ? ""
        : "; a cell is "
            + Units.bytes(large.pagesPerRow() * map.pageSize())
            + " by "
            + (points == 1 ? "1 point" : "up to " + points + " points");
  }

  /** Marks addresses, the block's end among them; a low one has its end alone. */
  private void addresses(Surface surface, WriteMap.Band band, int y, int height) {
    long bytes = band.pages() * map.pageSize();
    int steps = Math.max(1, Integer.highestOneBit(height / 40));
    for (int i = 0; i <= steps; i++) {
      int at = y + (int) ((long) height * i / steps);
      if (i == 0 && steps == 1) {
        continue;
      }
      surface.fill(left + plotWidth, at - (i == steps ? 1 : 0), 5, 1, Ink.LINE);
      int line = i == 0 ? at + 10 : i == steps ? at : at + 4;
      long offset = bytes / steps * i;
      surface.text(
          left + plotWidth + 9,
          line,
          Anchor.START,
          Ink.QUIET_TEXT,
          Units.bytes(i == steps ? bytes : offset));
    }
  }

  private void points(Surface surface, int y) {
    List<WriteMap.Column> columns = map.columns();
    int ticks = Math.max(1, Math.min(columns.size() - 1, plotWidth / TICK_EVERY));
    String day = "";
    for (int i = 0; i <= ticks && !columns.isEmpty(); i++) {
      int number = columns.size() == 1 ? 0 : i * (columns.size() - 1) / ticks;
      WriteMap.Column column = columns.get(number);
      int x = left + (int) ((number + 0.5) * plotWidth / columns.size());
      surface.fill(x, y, 1, 5, Ink.LINE);
      boolean one = column.first() == column.last();
      String name = "@" + column.first() + (one ? "" : "\u2026" + column.last());
      surface.text(x, y + 4 + LINE, Anchor.MIDDLE, Ink.TEXT, name);
      Instant time = column.from();
      surface.text(x, y + 2 + 2 * LINE, Anchor.MIDDLE, Ink.QUIET_TEXT, TIME.format(time));
      String date = DATE.format(time);
      if (!date.equals(day)) {
        surface.text(x, y + 3 * LINE, Anchor.MIDDLE, Ink.QUIET_TEXT, date);
        day = date;
      }
      if (columns.size() == 1) {
        break;
      }
    }
  }

  private void legend(Surface surface, int y) {
    List<String> labels = shades.heatLabels();
    int width = 18;
    for (int step = 0; step < Shades.HEATS; step++) {
      surface.shade(left + step * width, y, width, 11, Shades.FIRST_HEAT + step);
    }
    int all = Shades.HEATS * width;
    surface.text(left, y + 11 + LINE, Anchor.START, Ink.QUIET_TEXT, labels.get(0));
    surface.text(left + all / 2, y + 11 + LINE, Anchor.MIDDLE, Ink.QUIET_TEXT, labels.get(1));
    surface.text(left + all, y + 11 + LINE, Anchor.END, Ink.QUIET_TEXT, labels.get(2));
    int x = left;
    int below = y + 11 + 2 * LINE - 4;
    x = key(surface, x, below, Shades.ZEROED, "zeros written");
    x = key(surface, x, below, Shades.BASE, "base image");
    x = key(surface, x, below, Shades.KEPT, "stored before");
    x = key(surface, x, below, Shades.ABSENT, "never stored");
    key(surface, x, below, Shades.NOT_THERE, "not there");
  }

  private static int key(Surface surface, int x, int y, int shade, String text) {
    surface.fill(x, y, 13, 13, Ink.LINE);
    surface.shade(x + 1, y + 1, 11, 11, shade);
    surface.text(x + 18, y + 11, Anchor.START, Ink.TEXT, text);
    return x + 18 + (text.length() + 2) * Glyphs.WIDTH;
  }
}
