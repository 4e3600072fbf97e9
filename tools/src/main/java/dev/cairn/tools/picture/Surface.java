package dev.cairn.tools.picture;

/** What a picture is drawn on; lengths are pixels, from the upper left. */
interface Surface {
  /** Where a text is of its point. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  void fill(int x, int y, int width, int height, Ink ink);

  /** Fills an area with what stands for a shade. */
  void shade(int x, int y, int width, int height, int shade);

  /**
   * Writes a text.
   *
   * @param y of the line that its letters stand on
   */
  void text(int x, int y, Anchor anchor, Ink ink, String text);

  /**
   * Draws the cells of some rows, all of one size.
   *
   * @param firstRow of the map
   * @param width of all columns
   * @param height of all rows
   */
  void cells(int x, int y, int width, int height, int firstRow, int rows);
}
