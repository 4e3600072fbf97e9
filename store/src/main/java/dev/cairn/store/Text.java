package dev.cairn.store;

/** The rule for names and labels that files keep and terminals show. */
public final class Text {
  private Text() {}

  /**
   * Tells whether a text has that many bytes in UTF-8 and no control characters (U+0000 to U+001F,
   * U+007F to U+009F), with which it could pass for more than one line, or command a terminal.
   */
  public static boolean isSound(String text, int leastBytes, int mostBytes) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        return false;
      }
      if (Character.isSurrogate(c)) {
        i++;
        if (i == text.length() || !Character.isSurrogatePair(c, text.charAt(i))) {
          return false; // half of a surrogate pair
        }
        bytes += 4;
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      }
    }
    return bytes >= leastBytes && bytes <= mostBytes;
  }
}
