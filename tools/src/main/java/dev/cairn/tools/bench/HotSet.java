package dev.cairn.tools.bench;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * Some pages of a machine that change more than others: its first ones. Immutable.
 *
 * @param pagesPercent so many of all pages are hot
 * @param changesPercent so many of all changes are theirs
 */
public record HotSet(int pagesPercent, int changesPercent) {
  /** A twentieth of the pages take nine tenths of the changes. */
  public static final HotSet STANDARD = new HotSet(5, 90);

  /** All pages alike. */
  public static final HotSet NONE = new HotSet(100, 100);

  public HotSet {
    if (pagesPercent < 1 || pagesPercent > 100 || changesPercent < 0 || changesPercent > 100) {
      throw new IllegalArgumentException("expected PAGES:CHANGES in percent, or none");
    }
  }

  /** Reads {@code 5:90} or {@code none}. */
  public static HotSet of(String text) {
    if (text.equals("none")) {
      return NONE;
    }
    String[] parts = text.split(":", -1);
    if (parts.length != 2 || !parts[0].matches("[0-9]{1,3}") || !parts[1].matches("[0-9]{1,3}")) {
      throw new IllegalArgumentException("expected PAGES:CHANGES in percent, or none");
    }
    return new HotSet(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
  }

  /**
   * Draws distinct pages, ascending; fewer of the hot ones where there are not as many.
   *
   * @param count about so many
   * @param of pages of the machine
   */
  long[] draw(Random random, int count, long of) {
    long hotPages = Math.max(1, of * pagesPercent / 100);
    int fromHot = (int) Math.min(hotPages, (long) count * changesPercent / 100);
    long[] hot = PagesImage.scattered(random, fromHot, hotPages);
    long[] any = PagesImage.scattered(random, (int) Math.min(of, count - fromHot), of);
    return LongStream.concat(Arrays.stream(hot), Arrays.stream(any)).distinct().sorted().toArray();
  }
}
