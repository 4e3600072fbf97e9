package dev.cairn.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The rule for names and labels. */
final class TextTest {
  /** What an encoder counts, which refuses halves of pairs. */
  private static int bytes(String text) {
    try {
      return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
    } catch (CharacterCodingException e) {
      return -1;
    }
  }

  @Test
  void lengthsAreCountedAsAnEncoderDoes() {
    int[] edges = {' ', '~', 0xA0, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF};
    for (int edge : edges) {
      String text = "a" + Character.toString(edge) + "b";
      int length = bytes(text);
      assertTrue(Text.isSound(text, length, length), text);
      assertFalse(Text.isSound(text, 0, length - 1), text);
      assertFalse(Text.isSound(text, length + 1, 99), text);
    }
    assertTrue(Text.isSound("", 0, 0));
    assertFalse(Text.isSound("", 1, 9));
  }

  @Test
  void halvesOfPairsAreNoText() {
    for (String text :
        new String[] {"\uD83D", "\uDE00", "\uDE00\uD83D", "a\uD83Db", "\uD83D\uD83D"}) {
      assertEquals(-1, bytes(text));
      assertFalse(Text.isSound(text, 0, 99));
    }
  }

  @Test
  void controlCharactersAreRefused() {
    for (int c = 0; c < 0x100; c++) {
      assertEquals(!Character.isISOControl(c), Text.isSound("a" + (char) c, 0, 9), "U+" + c);
    }
  }
}
