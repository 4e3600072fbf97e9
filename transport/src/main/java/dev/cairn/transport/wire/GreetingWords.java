package dev.cairn.transport.wire;

import dev.cairn.store.BadInputException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Fields of greetings as words: percent-encoded UTF-8, {@code -} for the empty text, as in
 * chain/FORMAT.md but with {@code + / =} as they are. Stateless.
 */
final class GreetingWords {
  private static final String EMPTY = "-";

  private GreetingWords() {}

  static String encode(String text) {
    StringBuilder word = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (isPlain(c)) {
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

  static String decode(String word) throws BadInputException {
    if (word.equals(EMPTY)) {
      return "";
    }
    ByteBuffer bytes = ByteBuffer.allocate(word.length());
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c != '%') {
        bytes.put((byte) c);
      } else if (i + 3 <= word.length() && isHex(word, i + 1) && isHex(word, i + 2)) {
        bytes.put((byte) HexFormat.fromHexDigits(word, i + 1, i + 3));
        i += 2;
      } else {
        throw notOne();
      }
    }
    String text = Fields.utf8(bytes.flip());
    if (!encode(text).equals(word)) {
      throw notOne(); // one text has one word: whoever compares words compares texts
    }
    return text;
  }

  private static BadInputException notOne() {
    return new BadInputException("greeting: expected a word, percent-encoded, found another");
  }

  private static boolean isHex(String word, int at) {
    return HexFormat.isHexDigit(word.charAt(at));
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._+/=-".indexOf(c) >= 0;
  }
}
