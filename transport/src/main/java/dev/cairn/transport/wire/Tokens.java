package dev.cairn.transport.wire;

/** The rule for a TOKEN: 1 to 64 characters of {@code [A-Za-z0-9._-]}. */
public final class Tokens {
  public static final int MOST_LENGTH = 64;

  private Tokens() {}

  /** Tells whether a text is one. */
  public static boolean isSound(String text) {
    if (text.isEmpty() || text.length() > MOST_LENGTH) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (!isPlain(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
