package dev.cairn.tools.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;

/** Whether somebody looks at a stream of this process. */
public final class Terminal {
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;

  /** Of {@code asm-generic/ioctls.h}: rows and columns, 16 bits each, then two that are unused. */
  private static final long TIOCGWINSZ = 0x5413;

  private Terminal() {}

  /** Tells whether standard error is a terminal, whatever the other streams are. */
  public static boolean isStandardError() {
    return LinuxCalls.isTerminal(STANDARD_ERROR);
  }

  /** Tells whether standard output is a terminal, whatever the other streams are. */
  public static boolean isStandardOutput() {
    return LinuxCalls.isTerminal(STANDARD_OUTPUT);
  }

  /** Returns how many columns the terminal at standard output has, if it is one and says it. */
  public static OptionalInt columnsOfOutput() {
    return columns(STANDARD_OUTPUT);
  }

  /** Returns how many columns the terminal at standard error has, if it is one and says it. */
  public static OptionalInt columnsOfError() {
    return columns(STANDARD_ERROR);
  }

  private static OptionalInt columns(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_SHORT, 4);
      boolean told = LinuxCalls.ioctl(descriptor, TIOCGWINSZ, size) >= 0;
      int columns = Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, 1));
      return told && columns > 0 ? OptionalInt.of(columns) : OptionalInt.empty();
    }
  }
}
