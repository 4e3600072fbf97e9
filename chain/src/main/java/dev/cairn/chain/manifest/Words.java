package dev.cairn.chain.manifest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Names and labels as one word: percent-encoded UTF-8; {@code -} stands for the empty one. */
public final class Words {
  private static final String EMPTY = "-";
  private static final String PLAIN = "._-";

  private Words() {}

  static String encode(String text) {
    return encode(text, PLAIN);
  }

  /**
   * Writes a word.
   *
   * @param plain what stands for itself beside ASCII letters and digits
   */
  public static String encode(String text, String plain) {
    StringBuilder word = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (isAlphanumeric(c) || plain.indexOf(c) >= 0) {
        word.append(c);
      } else {
        word.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return switch (word.toString()) {
      case "" -> EMPTY;
      case EMPTY -> "%2D";
      default -> word.toString();
    };
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  /**
   * Reads a word.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static String decode(String word) {
    if (word.equals(EMPTY)) {
      return "";
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) != '%') {
        bytes.write(word.charAt(i));
      } else if (i + 3 <= word.length()) {
        bytes.write(HexFormat.fromHexDigits(word, i + 1, i + 3));
        i += 2;
      } else {
        throw new IllegalArgumentException("percent sign at the end of " + word);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
