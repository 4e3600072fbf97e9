package dev.cairn.tests.powercut;

import dev.cairn.tests.WholeImage;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * The memory of a machine as a function of a number: page p changes at each number that 1 + p mod 7
 * divides.
 */
final class MachineMemory {
  private static final int PAGES = 40;
  private static final int PAGE_SIZE = WholeImage.PAGE_SIZE;

  private MachineMemory() {}

  static byte[] at(int number) {
    byte[] memory = new byte[PAGES * PAGE_SIZE];
    for (int page = 0; page < PAGES; page++) {
      int written = number - number % (1 + page % 7);
      byte[] bytes = new byte[PAGE_SIZE / 2]; // the other half of a page is zero
      new Random(1_000_003L * written + page).nextBytes(bytes);
      if (page == 0) {
        ByteBuffer.wrap(bytes).putInt(number);
      }
      if (page == 0 || bytes[0] > -96) { // else a zero page
        System.arraycopy(bytes, 0, memory, page * PAGE_SIZE, bytes.length);
      }
    }
    return memory;
  }

  /** Returns the number that a memory claims to be of. */
  static int numberIn(byte[] memory) {
    return ByteBuffer.wrap(memory).getInt();
  }
}
