package dev.cairn.store;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The rule for names and labels that files keep and terminals show. */
public final class Text {
  private Text() {}

  /**
   * Tells whether a text has that many bytes in UTF-8 and no control characters (U+0000 to U+001F,
   * U+007F to U+009F), with which it could pass for more than one line, or command a terminal.
   */
  public static boolean isSound(String text, int leastBytes, int mostBytes) {
    if (text.chars().anyMatch(Character::isISOControl)) {
      return false;
    }
    try {
      int bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
      return bytes >= leastBytes && bytes <= mostBytes;
    } catch (CharacterCodingException e) {
      return false; // half of a surrogate pair
    }
  }
}
