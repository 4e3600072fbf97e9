package dev.cairn.tools.command;

import java.util.ArrayList;
import java.util.List;

/** Changes of RAM blocks as lines with bars, as {@code git diff --stat} has files. Stateless. */
final class StatBars {
  /**
   * One block. Immutable.
   *
   * @param name of the block
   * @param content pages that have content now: changed, or where there were zeros
   * @param zero pages that are zero now
   */
  record Row(String name, long content, long zero) {
    long pages() {
      return content + zero;
    }
  }

  private static final int LONGEST_NAME = 40;
  private static final int LEAST_BAR = 10;

  private StatBars() {}

  /**
   * Returns a line for each block with changes, and one for all.
   *
   * @param pageSize bytes
   * @param width of the whole line
   */
  static List<String> lines(List<Row> all, int pageSize, int width) {
    List<Row> rows = all.stream().filter(row -> row.pages() > 0).toList();
    int name = rows.stream().mapToInt(row -> cut(row.name).length()).max().orElse(0);
    long most = rows.stream().mapToLong(Row::pages).max().orElse(0);
    int digits = Long.toString(most).length();
    int bar = Math.max(LEAST_BAR, width - name - digits - 5);
    List<String> lines = new ArrayList<>();
    for (Row row : rows) {
      String label = cut(row.name);
      String count = Long.toString(row.pages());
      StringBuilder line = new StringBuilder(" ");
      line.append(label).repeat(' ', name - label.length()).append(" | ");
      line.repeat(' ', digits - count.length()).append(count).append(' ');
      lines.add(line.append(bar(row, most, bar)).toString());
    }
    long pages = rows.stream().mapToLong(Row::pages).sum();
    long zero = rows.stream().mapToLong(Row::zero).sum();
    lines.add(
        " %s changed, %s (%s)%s"
            .formatted(
                Console.count(rows.size(), "block"),
                Console.count(pages, "page"),
                Console.bytes(pages * pageSize),
                zero == 0 ? "" : ", " + zero + " of them to zero(-)"));
    return lines;
  }

  /** As long as it has pages, at least one for what there is, scaled down where it is too long. */
  private static String bar(Row row, long most, int width) {
    return "+".repeat(scaled(row.content, most, width)) + "-".repeat(scaled(row.zero, most, width));
  }

  private static int scaled(long pages, long most, int width) {
    if (pages == 0 || most <= width) {
      return (int) pages;
    }
    return (int) Math.max(1, pages * (width - 1) / most);
  }

  private static String cut(String name) {
    return name.length() <= LONGEST_NAME
        ? name
        : "..." + name.substring(name.length() - LONGEST_NAME + 3);
  }
}
