package dev.cairn.tools.migration;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Bytes of a stream whose number is not known or not believed: memory grows only as they come. Not
 * thread-safe.
 */
final class GrowingBytes {
  private static final int FIRST = 4096;

  private byte[] bytes = new byte[FIRST];
  private int length;

  /** Returns what has come, and room behind it. */
  byte[] array() {
    return bytes;
  }

  int length() {
    return length;
  }

  byte[] copy(int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  /**
   * Reads what is there.
   *
   * @param most length in the end, more than there are
   */
  void readSome(StreamInput in, String what, int most) throws IOException {
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(most, length * 2L));
    }
    int room = Math.min(bytes.length, most) - length;
    length += in.readSome(what, MemorySegment.ofArray(bytes).asSlice(length, room));
  }

  void add(int one) {
    bytes[length++] = (byte) one;
  }
}
