package dev.cairn.tests.history;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What bytes a value stands for: no two pages look alike, some can be compressed. */
final class Content {
  private Content() {}

  /** Returns the bytes of a page that is not zero. */
  static byte[] ofPage(String block, long page, long value) {
    return of(block + page, value, Machine.PAGE);
  }

  /** Returns so many bytes, never all zero. */
  static byte[] of(String place, long value, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length + 8).order(ByteOrder.LITTLE_ENDIAN);
    long mixed = (value * 0x9E37_79B9_7F4A_7C15L) ^ (place.hashCode() * 0xC2B2_AE3D_27D4_EB4FL);
    long seed = mixed | 1;
    boolean noise = value % 3 == 0;
    for (int i = 0; i < length; i += 8) {
      bytes.putLong(i, seed);
      if (noise) {
        seed ^= seed << 13;
        seed ^= seed >>> 7;
        seed ^= seed << 17;
      }
    }
    byte[] result = new byte[length];
    bytes.get(0, result);
    return result;
  }
}
