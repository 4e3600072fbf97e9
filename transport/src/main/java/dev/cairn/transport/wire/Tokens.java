package dev.cairn.transport.wire;

/** The rule for a TOKEN: 1 to 64 characters of {@code [A-Za-z0-9._-]}. */
public final class Tokens {
  public static final int MOST_LENGTH = 64;

  private Tokens() {}

  /** Tells whether a text is one. */
  public static boolean isSound(String text) {
    return !text.isEmpty()
        && text.length() <= MOST_LENGTH
        && text.chars().allMatch(Tokens::isPlain);
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
