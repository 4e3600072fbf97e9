package dev.cairn.tools.qmp;

/** Words of QEMU, made fit for a line of an error: they come from a socket. */
final class QmpWords {
  private static final int MOST_CHARACTERS = 400;

  private QmpWords() {}

  /** Returns the text on one line, without control characters, cut where it is long. */
  static String shown(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(MOST_CHARACTERS)
        .forEach(c -> line.appendCodePoint(isShown(c) ? c : ' '));
    return line.toString().strip();
  }

  private static boolean isShown(int c) {
    return !Character.isISOControl(c)
        && switch (Character.getType(c)) {
          case Character.FORMAT,
              Character.SURROGATE,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.PRIVATE_USE,
              Character.UNASSIGNED ->
              false;
          default -> true;
        };
  }
}
