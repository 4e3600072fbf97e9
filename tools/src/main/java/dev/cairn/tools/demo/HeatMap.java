package dev.cairn.tools.demo;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * Which parts of the memory were written when: a row for each checkpoint or several, a column for
 * each 64th of the memory. Not thread-safe.
 */
public final class HeatMap {
  private static final int COLUMNS = 64;
  private static final int MOST_ROWS = 24;
  private static final String BLOCKS = " ·░▒▓█";
  private static final String ASCII = " .:+*#";

  private final long pageCount;
  private final List<int[]> rows = new ArrayList<>();
  private final List<Long> checkpoints = new ArrayList<>();

  /**
   * Makes an empty map.
   *
   * @param pageCount of the memory
   */
  public HeatMap(long pageCount) {
    this.pageCount = pageCount;
  }

  /** Adds what a checkpoint found dirty. */
  public void add(long checkpoint, BitSet dirty) {
    int[] row = new int[COLUMNS];
    for (int page = dirty.nextSetBit(0); page >= 0; page = dirty.nextSetBit(page + 1)) {
      row[(int) (page * (long) COLUMNS / pageCount)]++;
    }
    rows.add(row);
    checkpoints.add(checkpoint);
  }

  /** Draws the map, the sum of all rows, and what the characters stand for. */
  public List<String> draw(boolean blocks) {
    String ramp = blocks ? BLOCKS : ASCII;
    int together = Math.max(1, (rows.size() + MOST_ROWS - 1) / MOST_ROWS);
    List<int[]> drawn = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += together) {
      int to = Math.min(rows.size(), from + together);
      drawn.add(sum(rows.subList(from, to)));
      names.add("@" + checkpoints.get(to - 1));
    }
    int most = drawn.stream().mapToInt(HeatMap::greatest).max().orElse(0);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < drawn.size(); i++) {
      lines.add(line(names.get(i), drawn.get(i), most, ramp));
    }
    int[] all = sum(rows);
    lines.add(line("all", all, greatest(all), ramp));
    lines.add(
        String.format(
            Locale.ROOT,
            "%6s  a column is %d pages, a row %s; '%c' none, '%c' up to %d … '%c' up to %d pages",
            "",
            (pageCount + COLUMNS - 1) / COLUMNS,
            together == 1 ? "a checkpoint" : together + " checkpoints",
            ramp.charAt(0),
            ramp.charAt(1),
            Math.max(1, most / (ramp.length() - 1)),
            ramp.charAt(ramp.length() - 1),
            most));
    return lines;
  }

  private static String line(String name, int[] row, int most, String ramp) {
    StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%6s |", name));
    int steps = ramp.length() - 1;
    for (int pages : row) {
      int step = most == 0 ? 0 : (int) (((long) pages * steps + most - 1) / most);
      text.append(ramp.charAt(step));
    }
    return text.append('|').toString();
  }

  private static int[] sum(List<int[]> some) {
    int[] result = new int[COLUMNS];
    for (int[] row : some) {
      for (int i = 0; i < COLUMNS; i++) {
        result[i] += row[i];
      }
    }
    return result;
  }

  private static int greatest(int[] row) {
    int most = 0;
    for (int pages : row) {
      most = Math.max(most, pages);
    }
    return most;
  }
}
