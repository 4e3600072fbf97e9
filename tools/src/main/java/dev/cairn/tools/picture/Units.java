package dev.cairn.tools.picture;

import java.util.Locale;

/** Bytes as axes have them. Stateless. */
public final class Units {
  private static final String[] NAMES = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Units() {}

  /** Returns bytes in the largest unit that leaves a number of at least one; whole if it is. */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < NAMES.length - 1) {
      value /= 1024;
      unit++;
    }
    boolean whole = value == Math.rint(value) || value >= 100;
    return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, NAMES[unit]);
  }
}
