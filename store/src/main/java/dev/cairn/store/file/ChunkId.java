package dev.cairn.store.file;

import java.util.List;

/** The four letters of each chunk, read as a little-endian number. See FORMAT.md, Chunk table. */
final class ChunkId {
  static final int POINTS = of("PNTS");
  static final int FILES = of("FILS");
  static final int INDEX = of("PIDX");
  static final int AREAS = of("AREA");
  static final int SUMS = of("BSUM");

  /** Longest chunk that a file can have, bytes. */
  static final int MOST_BYTES = 256 << 20;

  private ChunkId() {}

  static int of(String letters) {
    return letters.charAt(0)
        | (letters.charAt(1) << 8)
        | (letters.charAt(2) << 16)
        | (letters.charAt(3) << 24);
  }

  static String text(int id) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      int letter = (id >>> (8 * i)) & 0xff;
      text.append(letter > 32 && letter < 127 ? (char) letter : '?');
    }
    return text.toString();
  }

  static boolean isKnown(int id) {
    return id == POINTS || id == FILES || id == INDEX || id == AREAS || id == SUMS;
  }

  /** Returns the chunks that a file of a kind has; of those that are known, it has no other. */
  static List<Integer> of(FileKind kind) {
    return switch (kind) {
      case BASE -> List.of(POINTS, FILES, INDEX, AREAS, SUMS);
      case LAYER -> List.of(POINTS, FILES, INDEX, SUMS);
      case PAGES -> List.of(SUMS);
    };
  }

  /** Tells whether index regions lie before the first chunk. */
  static boolean hasRegions(FileKind kind) {
    return kind != FileKind.PAGES;
  }

  /** Returns the longest that a known chunk can be: what a reader allocates is bounded. */
  static long most(int id) {
    if (id == FILES) {
      return FileTable.MOST_BYTES;
    }
    if (id == AREAS) {
      return Area.MOST_BYTES;
    }
    return id == POINTS ? PointsChunk.MOST_BYTES : MOST_BYTES;
  }

  /** Tells whether an id is four ASCII letters. */
  static boolean isSound(int id) {
    for (int shift = 0; shift < 32; shift += 8) {
      int letter = id >>> shift & 0xdf;
      if (letter < 'A' || letter > 'Z') {
        return false;
      }
    }
    return true;
  }

  /** A chunk that a reader skips if it does not know it begins with a lower-case letter. */
  static boolean isOptional(int id) {
    return (id & 0x20) != 0;
  }
}
