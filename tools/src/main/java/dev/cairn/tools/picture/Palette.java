package dev.cairn.tools.picture;

import java.util.Locale;

/**
 * Colours of a picture. Immutable. The steps of heat grow in one direction of lightness, away from
 * the paper, so that they can be told apart in print and by those who see no red.
 */
public final class Palette {
  public static final Palette LIGHT =
      new Palette(
          "light",
          new int[] {0xfcfbf8, 0x23211e, 0x6b665e, 0xcfcac0},
          new int[] {0xfcfbf8, 0xf3f1eb, 0xe2ded4, 0xbdc7cc, 0x2f86b5},
          new int[] {0xfbdc9a, 0xf5b04d, 0xe27a30, 0xb93c33, 0x741a3f, 0x3a0d2e});

  public static final Palette DARK =
      new Palette(
          "dark",
          new int[] {0x14161a, 0xe9e6df, 0xa29d93, 0x41454d},
          new int[] {0x14161a, 0x1c1f25, 0x2d323a, 0x4c5a63, 0x49a5d6},
          new int[] {0x5a2748, 0x8f2f4b, 0xc4453d, 0xe97f35, 0xf7b955, 0xfdeeb5});

  private final String name;
  private final int[] inks;
  private final int[] states;
  private final int[] stops;

  private Palette(String name, int[] inks, int[] states, int[] stops) {
    this.name = name;
    this.inks = inks;
    this.states = states;
    this.stops = stops;
  }

  /** Returns its word in a style sheet. */
  String word() {
    return name;
  }

  int ink(Ink ink) {
    return switch (ink) {
      case PAPER -> inks[0];
      case TEXT -> inks[1];
      case QUIET_TEXT -> inks[2];
      case LINE -> inks[3];
    };
  }

  /** Returns the colour of a shade, 0xRRGGBB. */
  int shade(int shade) {
    if (shade < Shades.FIRST_HEAT) {
      return states[shade];
    }
    double at = (double) (shade - Shades.FIRST_HEAT) / (Shades.HEATS - 1) * (stops.length - 1);
    int below = Math.min((int) at, stops.length - 2);
    double part = at - below;
    return mix(stops[below], stops[below + 1], part);
  }

  private static int mix(int a, int b, double part) {
    int mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      double from = a >> shift & 0xff;
      double to = b >> shift & 0xff;
      mixed |= (int) Math.round(from + (to - from) * part) << shift;
    }
    return mixed;
  }

  /** Returns a colour as CSS has it. */
  static String css(int colour) {
    return String.format(Locale.ROOT, "#%06x", colour);
  }
}
