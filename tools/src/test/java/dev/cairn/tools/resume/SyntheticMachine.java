package dev.cairn.tools.resume;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A machine whose pages are made of their place: a third of them are zero. Thread-safe. */
final class SyntheticMachine implements MemorySource {
  private final Machine machine;

  SyntheticMachine(RamBlock... blocks) {
    byte[] name = "pc-q35-10.0".getBytes(StandardCharsets.UTF_8);
    byte[] configuration = new byte[4 + name.length];
    configuration[3] = (byte) name.length;
    System.arraycopy(name, 0, configuration, 4, name.length);
    byte[] devices = "(devices)\0".getBytes(StandardCharsets.UTF_8);
    machine =
        new Machine(
            new RamLayout(Machine.PAGE, List.of(blocks)),
            configuration,
            devices,
            "{}".getBytes(StandardCharsets.UTF_8));
  }

  Machine machine() {
    return machine;
  }

  /** Returns what a page is filled with; 0 is a page of zeros. */
  static long value(int block, long page) {
    long value = (block + 1) * 0x9e37_79b9_7f4a_7c15L + page * 0xbf58_476d_1ce4_e5b9L;
    value ^= value >>> 29;
    return value % 3 == 0 ? 0 : value;
  }

  @Override
  public RamLayout layout() {
    return machine.layout();
  }

  @Override
  public Closeable onArrival(Runnable arrived) {
    return () -> {};
  }

  @Override
  public Reader reader(Arena arena) {
    return new Reader() {
      @Override
      public long missing(int block, long page, long wanted, boolean urgent) {
        return 0;
      }

      @Override
      public long read(int block, long page, long wanted, MemorySegment into) throws IOException {
        long present = 0;
        for (long bits = wanted; bits != 0; bits &= bits - 1) {
          int i = Long.numberOfTrailingZeros(bits);
          long value = value(block, page + i);
          if (value != 0) {
            present |= 1L << i;
            for (long at = 0; at < Machine.PAGE; at += 8) {
              into.set(ValueLayout.JAVA_LONG, i * (long) Machine.PAGE + at, value);
            }
          }
        }
        return present;
      }

      @Override
      public void close() {}
    };
  }
}
