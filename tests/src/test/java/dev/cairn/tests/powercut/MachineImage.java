package dev.cairn.tests.powercut;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/**
 * The memory of a machine as a function of a number: page p changes at each number that 1 + p mod 7
 * divides. Immutable.
 */
final class MachineImage implements PageImage {
  static final int PAGE_SIZE = 4096;

  private static final int PAGES = 40;

  private final byte[] memory = new byte[PAGES * PAGE_SIZE];

  MachineImage(int number) {
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
  }

  /** Returns the number that a memory claims to be of. */
  static int numberIn(byte[] memory) {
    return ByteBuffer.wrap(memory).getInt();
  }

  byte[] bytes() {
    return memory.clone();
  }

  @Override
  public RamLayout layout() {
    return new RamLayout(PAGE_SIZE, List.of(new RamBlock("ram", memory.length)));
  }

  @Override
  public DeviceState deviceState() {
    return DeviceState.NONE;
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    if (to > from) {
      visitor.run(from, to - from);
    }
  }

  @Override
  public void read(int block, long page, MemorySegment into) {
    MemorySegment.copy(MemorySegment.ofArray(memory), page * PAGE_SIZE, into, 0, into.byteSize());
  }

  @Override
  public void close() {}
}
