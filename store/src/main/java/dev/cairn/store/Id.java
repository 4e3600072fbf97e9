package dev.cairn.store;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * 128 random bits that name a chain or a checkpoint. Immutable.
 *
 * @param high the first eight bytes, big-endian
 * @param low the last eight bytes, big-endian
 */
public record Id(long high, long low) {
  /** The id of nothing. */
  public static final Id NONE = new Id(0, 0);

  /** Draws a new id. */
  public static Id random(RandomGenerator random) {
    return new Id(random.nextLong(), random.nextLong());
  }

  /**
   * Reads 32 hexadecimal digits.
   *
   * @throws IllegalArgumentException if they are not
   */
  public static Id parse(String text) {
    if (text.length() != 32) {
      throw new IllegalArgumentException("an id has 32 hexadecimal digits: " + text);
    }
    return new Id(
        HexFormat.fromHexDigitsToLong(text, 0, 16), HexFormat.fromHexDigitsToLong(text, 16, 32));
  }

  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(low);
  }
}
