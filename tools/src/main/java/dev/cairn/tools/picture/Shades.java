package dev.cairn.tools.picture;

import java.util.List;
import java.util.Locale;

/**
 * The cells of a {@link WriteMap} as shades: what can be drawn, in colours or in characters.
 * Immutable.
 */
public final class Shades {
  static final int NOT_THERE = 0;
  static final int ABSENT = 1;
  static final int KEPT = 2;
  static final int BASE = 3;
  static final int ZEROED = 4;

  /** The coldest step; the hottest is {@code FIRST_HEAT + HEATS - 1}. */
  static final int FIRST_HEAT = 5;

  static final int HEATS = 16;

  private final WriteMap map;
  private final By by;
  private final byte[] shades;
  private double least = 1;
  private double most;

  private Shades(WriteMap map, By by) {
    this.map = map;
    this.by = by;
    this.shades = new byte[map.rows() * map.columns().size()];
  }

  /** Shades a map. */
  public static Shades of(WriteMap map, By by) {
    Shades shades = new Shades(map, by);
    for (WriteMap.Band band : map.bands()) {
      shades.measure(band);
    }
    for (WriteMap.Band band : map.bands()) {
      shades.shade(band);
    }
    return shades;
  }

  public WriteMap map() {
    return map;
  }

  /** Returns the shade of a cell. */
  int at(int row, int column) {
    return shades[row * map.columns().size() + column];
  }

  private void measure(WriteMap.Band band) {
    for (int row = band.firstRow(); row < band.firstRow() + band.rows(); row++) {
      for (int column = 0; column < map.columns().size(); column++) {
        double share = map.share(band, row, column);
        if (share > 0) {
          least = Math.min(least, share);
          most = Math.max(most, share);
        }
      }
    }
  }

  private void shade(WriteMap.Band band) {
    int columns = map.columns().size();
    for (int row = band.firstRow(); row < band.firstRow() + band.rows(); row++) {
      int written = -1;
      boolean zeros = false;
      for (int column = 0; column < columns; column++) {
        WriteMap.State state = map.state(band, row, column);
        if (state == WriteMap.State.WRITTEN || state == WriteMap.State.ZEROED) {
          written = column;
          zeros = state == WriteMap.State.ZEROED;
        }
        int shade =
            switch (state) {
              case NOT_THERE -> NOT_THERE;
              case ABSENT -> ABSENT;
              case BASE -> BASE;
              case ZEROED -> ZEROED;
              case WRITTEN ->
                  by == By.OFTEN ? heat(map.share(band, row, column)) : heatOfAge(0, columns);
              case KEPT ->
                  by == By.OFTEN || written < 0
                      ? KEPT
                      : zeros ? ZEROED : heatOfAge(column - written, columns);
            };
        shades[row * columns + column] = (byte) shade;
      }
    }
  }

  /** By the logarithm: a page in a thousand and all of them are both to be seen. */
  private int heat(double share) {
    double span = Math.log(most / least);
    double part = span < 1e-9 ? 1 : Math.log(share / least) / span;
    return step(part);
  }

  private static int heatOfAge(int columns, int all) {
    return step(1 - Math.log1p(columns) / Math.log1p(Math.max(1, all)));
  }

  private static int step(double part) {
    return FIRST_HEAT + (int) Math.round(Math.clamp(part, 0, 1) * (HEATS - 1));
  }

  /** Returns what the colours tell, in words. */
  String title() {
    return switch (by) {
      case OFTEN -> "colour: how much of a cell each point writes";
      case RECENT -> "colour: how many points ago a cell was written last";
    };
  }

  /** Returns what the coldest, a middle and the hottest step stand for. */
  List<String> heatLabels() {
    return switch (by) {
      case OFTEN ->
          most == 0
              ? List.of("nothing was written", "", "")
              : List.of(percent(least), percent(Math.sqrt(least * most)), percent(most));
      case RECENT -> {
        int points = map.columns().stream().mapToInt(WriteMap.Column::points).sum();
        double middle = Math.expm1(Math.log1p(points) / 2);
        yield List.of(points + " points ago", Math.round(middle) + "", "now");
      }
    };
  }

  /** Returns three digits of a part of one, as people read it. */
  private static String percent(double part) {
    double percent = part * 100;
    int decimals = percent >= 10 ? 0 : percent >= 1 ? 1 : percent >= 0.1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + decimals + "f %%", percent);
  }
}
