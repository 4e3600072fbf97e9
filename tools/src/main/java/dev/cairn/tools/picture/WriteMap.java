package dev.cairn.tools.picture;

import dev.cairn.chain.ChainSnapshot;
import dev.cairn.store.RamBlock;
import dev.cairn.store.file.Point;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * When which parts of a chain's memory were written: a row for some consecutive pages of a RAM
 * block, a column for one restore point or several. What a forgotten checkpoint wrote counts at the
 * next point that is there. Its size does not depend on the memory's, nor on how many points there
 * are. Filled by {@link WriteMapReader}, then unchanged and safe for several threads.
 */
public final class WriteMap {
  /** What a cell is, before it is asked how much of it was written. */
  public enum State {
    /** The machine has no such memory at this point. */
    NOT_THERE,
    /** None of its pages was ever stored: they read as zeros. */
    ABSENT,
    /** Stored before, and not written here. */
    KEPT,
    /** Here it came with the base image, and was not written besides. */
    BASE,
    /** Here zeros were written, and nothing else. */
    ZEROED,
    WRITTEN
  }

  /**
   * One restore point or several. Immutable.
   *
   * @param first number of the oldest one
   * @param last number of the newest one
   * @param from when the oldest was taken
   * @param to when the newest was taken
   * @param points how many there are
   */
  public record Column(long first, long last, Instant from, Instant to, int points) {}

  /**
   * A RAM block. Immutable.
   *
   * @param block its name
   * @param ordinal in the chain's block table
   * @param pages most that it had at any of the points
   * @param pagesPerRow of its rows; the last one may have fewer
   * @param firstRow its place in the map
   * @param rows how many it has
   */
  public record Band(
      String block, int ordinal, long pages, long pagesPerRow, int firstRow, int rows) {}

  private final int pageSize;
  private final List<Column> columns;
  private final List<Band> bands;
  private final int rows;
  private final int[] written;
  private final int[] zeroed;
  private final int[] base;
  private final int[] firstStored;
  private final long[] numbers;

  /** By band and column: how many pages its block has there. */
  private final long[] there;

  /**
   * Makes an empty map for some points.
   *
   * @param mostRows what it should have; each block has one at least, whatever it says
   * @param mostColumns what it may have
   */
  WriteMap(ChainSnapshot snapshot, int mostRows, int mostColumns) throws IOException {
    pageSize = snapshot.manifest().pageSize();
    Collection<Point> points = snapshot.points().values();
    List<String> names = snapshot.manifest().blocks();
    int columnCount = Math.min(points.size(), mostColumns);
    numbers = new long[points.size()];
    columns = new ArrayList<>();
    long[] most = new long[names.size()];
    long[] pagesThere = new long[names.size() * columnCount];
    int i = 0;
    Point oldest = null;
    int count = 0;
    for (Point point : points) {
      int column = columnOf(i, points.size(), columnCount);
      for (int b = 0; b < point.layout().ordinals().size(); b++) {
        RamBlock block = point.layout().layout().blocks().get(b);
        int ordinal = point.layout().ordinals().get(b);
        long pages = block.pages(pageSize);
        most[ordinal] = Math.max(most[ordinal], pages);
        int at = ordinal * columnCount + column;
        pagesThere[at] = Math.max(pagesThere[at], pages);
      }
      oldest = oldest == null ? point : oldest;
      count++;
      numbers[i++] = point.checkpoint();
      if (i == points.size() || columnOf(i, points.size(), columnCount) != column) {
        columns.add(
            new Column(
                oldest.checkpoint(), point.checkpoint(), oldest.time(), point.time(), count));
        oldest = null;
        count = 0;
      }
    }
    there = pagesThere;
    bands = bands(names, most, mostRows);
    rows = bands.isEmpty() ? 0 : bands.getLast().firstRow + bands.getLast().rows;
    written = new int[rows * columnCount];
    zeroed = new int[rows * columnCount];
    base = new int[rows * columnCount];
    firstStored = new int[rows];
    Arrays.fill(firstStored, Integer.MAX_VALUE);
  }

  private static List<Band> bands(List<String> names, long[] pages, int mostRows) {
    long all = Arrays.stream(pages).sum();
    long perRow = Math.max(1, (all + mostRows - 1) / mostRows);
    List<Band> bands = new ArrayList<>();
    int row = 0;
    for (int ordinal = 0; ordinal < pages.length; ordinal++) {
      if (pages[ordinal] > 0) {
        int rows = (int) ((pages[ordinal] + perRow - 1) / perRow);
        long own = rows == 1 ? pages[ordinal] : perRow;
        bands.add(new Band(names.get(ordinal), ordinal, pages[ordinal], own, row, rows));
        row += rows;
      }
    }
    return List.copyOf(bands);
  }

  private static int columnOf(int point, int points, int columns) {
    return (int) ((long) point * columns / points);
  }

  public int pageSize() {
    return pageSize;
  }

  /** Returns the columns from old to new. */
  public List<Column> columns() {
    return List.copyOf(columns);
  }

  /** Returns the RAM blocks, in the order of the chain's block table. */
  public List<Band> bands() {
    return bands;
  }

  public int rows() {
    return rows;
  }

  /** Returns the number of the first of a row's pages, within its block. */
  public long firstPage(Band band, int row) {
    return (row - band.firstRow) * band.pagesPerRow;
  }

  /** Returns how many pages a row has. */
  public long pages(Band band, int row) {
    return Math.min(band.pagesPerRow, band.pages - firstPage(band, row));
  }

  /** Returns the column in which a checkpoint's writes count, or -1 if no point is at or above. */
  int column(long checkpoint) {
    int at = Arrays.binarySearch(numbers, checkpoint);
    int point = at >= 0 ? at : -at - 1;
    return point == numbers.length ? -1 : columnOf(point, numbers.length, columns.size());
  }

  /** Takes note of versions that one checkpoint wrote. */
  void add(int row, int column, int pages, int zeroPages) {
    int at = row * columns.size() + column;
    written[at] += pages;
    zeroed[at] += zeroPages;
    firstStored[row] = Math.min(firstStored[row], column);
  }

  /** Takes note of pages of the base image. */
  void addBase(int row, int column, int pages) {
    base[row * columns.size() + column] += pages;
    firstStored[row] = Math.min(firstStored[row], column);
  }

  /** Returns how many page versions were written in a cell, zeros included. */
  public int written(int row, int column) {
    return written[row * columns.size() + column];
  }

  /** Returns how many of these are zeros. */
  public int zeroed(int row, int column) {
    return zeroed[row * columns.size() + column];
  }

  /** Returns what part of a cell's pages a point writes on average. */
  public double share(Band band, int row, int column) {
    return (double) written(row, column) / pages(band, row) / columns.get(column).points;
  }

  /** Returns what a cell is. */
  public State state(Band band, int row, int column) {
    int at = row * columns.size() + column;
    if (firstPage(band, row) >= there[band.ordinal * columns.size() + column]) {
      return State.NOT_THERE;
    }
    if (written[at] > 0) {
      return zeroed[at] == written[at] ? State.ZEROED : State.WRITTEN;
    }
    if (base[at] > 0) {
      return State.BASE;
    }
    return column < firstStored[row] ? State.ABSENT : State.KEPT;
  }
}
