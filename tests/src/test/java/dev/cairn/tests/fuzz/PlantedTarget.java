package dev.cairn.tests.fuzz;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.ChecksumMender;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A decoder with a bound forgotten behind a magic number and a count: what a fuzzer that works must
 * find. Not one of Cairn's.
 */
record PlantedTarget() implements FuzzTarget {
  static final String NAME = "planted";

  private static final int MAGIC = 0x6e726943;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int mostBytes() {
    return 64;
  }

  @Override
  public Allowance.Extra read(byte[] input) throws IOException {
    ChecksumMender.mend(input, 0);
    MemorySegment s = MemorySegment.ofArray(input);
    if (input.length < 12 || s.get(U32, 0) != MAGIC) {
      throw new CorruptFileException(NAME, "magic", 0, MAGIC, "another");
    }
    int count = s.get(U32, 4);
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += s.get(ValueLayout.JAVA_BYTE, 8L + i);
    }
    if (sum == 42) {
      throw new CorruptFileException(NAME, "sum", 0, "another", sum);
    }
    return Allowance.Extra.NONE;
  }
}
