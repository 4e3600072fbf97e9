package dev.cairn.tools.picture;

import java.util.Arrays;

/** A picture of pixels, for a PNG. Not thread-safe. */
final class RasterSurface implements Surface {
  /** Colours of the file: the inks, then the shades. */
  private static final int FIRST_SHADE = 4;

  private static final int HATCH = 6;

  private final Shades shades;
  private final int width;
  private final int height;
  private final byte[] pixels;
  private final Glyphs glyphs = new Glyphs();

  RasterSurface(Shades shades, int width, int height) {
    this.shades = shades;
    this.width = width;
    this.height = height;
    pixels = new byte[width * height];
  }

  byte[] png(Palette palette) {
    return Png.encode(width, height, colours(palette), pixels);
  }

  /** Returns the cells alone, a pixel for each, as a PNG. */
  static byte[] cells(Shades shades, int firstRow, int rows, Palette palette) {
    int columns = shades.map().columns().size();
    byte[] pixels = new byte[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        pixels[row * columns + column] = (byte) (FIRST_SHADE + shades.at(firstRow + row, column));
      }
    }
    return Png.encode(columns, rows, colours(palette), pixels);
  }

  private static int[] colours(Palette palette) {
    int[] colours = new int[FIRST_SHADE + Shades.FIRST_HEAT + Shades.HEATS];
    for (Ink ink : Ink.values()) {
      colours[index(ink)] = palette.ink(ink);
    }
    for (int shade = 0; shade < colours.length - FIRST_SHADE; shade++) {
      colours[FIRST_SHADE + shade] = palette.shade(shade);
    }
    return colours;
  }

  private static byte index(Ink ink) {
    return switch (ink) {
      case PAPER -> 0;
      case TEXT -> 1;
      case QUIET_TEXT -> 2;
      case LINE -> 3;
    };
  }

  @Override
  public void fill(int x, int y, int w, int h, Ink ink) {
    for (int row = Math.max(0, y); row < Math.min(height, y + h); row++) {
      int from = Math.clamp(x, 0, width);
      int to = Math.clamp((long) x + w, from, width);
      Arrays.fill(pixels, row * width + from, row * width + to, index(ink));
    }
  }

  @Override
  public void shade(int x, int y, int w, int h, int shade) {
    for (int row = y; row < y + h; row++) {
      for (int column = x; column < x + w; column++) {
        boolean hatched = shade == Shades.NOT_THERE && (row + column) % HATCH == 0;
        pixels[row * width + column] = hatched ? index(Ink.LINE) : (byte) (FIRST_SHADE + shade);
      }
    }
  }

  @Override
  public void text(int x, int y, Anchor anchor, Ink ink, String text) {
    int[] characters = text.codePoints().toArray();
    int all = characters.length * Glyphs.WIDTH;
    int left =
        switch (anchor) {
          case START -> x;
          case MIDDLE -> x - all / 2;
          case END -> x - all;
        };
    for (int i = 0; i < characters.length; i++) {
      for (int dy = 0; dy < Glyphs.HEIGHT; dy++) {
        for (int dx = 0; dx < Glyphs.WIDTH; dx++) {
          int px = left + i * Glyphs.WIDTH + dx;
          int py = y - Glyphs.ASCENT + dy;
          boolean within = px >= 0 && px < width && py >= 0 && py < height;
          if (within && glyphs.isSet(characters[i], dx, dy)) {
            pixels[py * width + px] = index(ink);
          }
        }
      }
    }
  }

  @Override
  public void cells(int x, int y, int w, int h, int firstRow, int rows) {
    int columns = shades.map().columns().size();
    for (int row = 0; row < rows; row++) {
      int top = y + row * h / rows;
      int bottom = y + (row + 1) * h / rows;
      for (int column = 0; column < columns; column++) {
        int left = x + column * w / columns;
        int right = x + (column + 1) * w / columns;
        shade(left, top, right - left, bottom - top, shades.at(firstRow + row, column));
      }
    }
  }
}
