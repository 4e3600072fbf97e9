package dev.cairn.tests.fuzz;

import dev.cairn.store.CorruptFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A decoder that takes memory outside the heap on its input's word. Not one of Cairn's. */
record PlantedNativeTarget() implements FuzzTarget {
  static final String NAME = "planted-native";

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
    MemorySegment s = MemorySegment.ofArray(input);
    if (input.length < 4 || s.get(U32, 0) < 1) {
      throw new CorruptFileException(NAME, "length", 0, "above 0", "another");
    }
    try (Arena arena = Arena.ofConfined()) {
      arena.allocate(s.get(U32, 0), 64);
    }
    return Allowance.Extra.NONE;
  }
}
