package dev.cairn.tools.picture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Letters as pixels, all of one width: a machine need not have fonts. Immutable. */
final class Glyphs {
  static final int WIDTH = 7;
  static final int HEIGHT = 13;

  /** How many of the rows are above the line that letters stand on. */
  static final int ASCENT = 11;

  private final Map<Integer, int[]> rows = new HashMap<>();

  Glyphs() {
    try (InputStream in = Glyphs.class.getResourceAsStream("glyphs.txt")) {
      if (in == null) {
        throw new IllegalStateException("glyphs.txt is not in this build");
      }
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .forEach(this::take);
    } catch (IOException e) {
      throw new IllegalStateException("glyphs.txt cannot be read", e);
    }
  }

  private void take(String line) {
    String[] words = line.split(" ", -1);
    int[] bits = new int[HEIGHT];
    for (int y = 0; y < HEIGHT; y++) {
      bits[y] = Integer.parseInt(words[y + 1], 16);
    }
    rows.put(Integer.parseInt(words[0], 16), bits);
  }

  /** Tells whether a pixel of a character is set; of those that are not known, of a {@code ?}. */
  boolean isSet(int character, int x, int y) {
    int[] bits = rows.getOrDefault(character, rows.getOrDefault((int) '?', new int[HEIGHT]));
    return (bits[y] >> (WIDTH - 1 - x) & 1) != 0;
  }
}
