package dev.cairn.store.file;

/** The four letters of each chunk, read as a little-endian number. See FORMAT.md, Chunk table. */
final class ChunkId {
  static final int POINTS = of("PNTS");
  static final int FILES = of("FILS");
  static final int INDEX = of("PIDX");
  static final int AREAS = of("AREA");
  static final int SUMS = of("BSUM");

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

  /** Tells whether files of a kind have a chunk that this code knows. */
  static boolean belongs(int id, FileKind kind) {
    return switch (kind) {
      case BASE -> true;
      case LAYER -> id != AREAS;
      case PAGES -> id == SUMS;
    };
  }

  /** A chunk that a reader skips if it does not know it begins with a lower-case letter. */
  static boolean isOptional(int id) {
    return (id & 0x20) != 0;
  }
}
