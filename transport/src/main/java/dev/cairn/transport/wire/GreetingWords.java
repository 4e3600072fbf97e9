package dev.cairn.transport.wire;

import dev.cairn.chain.manifest.Words;
import dev.cairn.store.BadInputException;

/**
 * Fields of greetings as words: those of chain/FORMAT.md, but with {@code + / =} as they are.
 * Stateless.
 */
final class GreetingWords {
  private static final String PLAIN = "._+/=-";

  private GreetingWords() {}

  static String encode(String text) {
    return Words.encode(text, PLAIN);
  }

  static String decode(String word) throws BadInputException {
    try {
      String text = Words.decode(word);
      if (encode(text).equals(word)) {
        return text; // one text has one word: whoever compares words compares texts
      }
    } catch (IllegalArgumentException e) {
      // Told below, without the peer's own bytes.
    }
    throw new BadInputException("greeting: expected a word, percent-encoded, found another");
  }
}
