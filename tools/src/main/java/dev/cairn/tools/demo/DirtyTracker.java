package dev.cairn.tools.demo;

import dev.cairn.tools.linux.LinuxException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** Knows which pages of the guest's memory were written. Not thread-safe. */
public interface DirtyTracker extends Closeable {
  /** Which one is to be used. */
  enum Choice {
    /** The kernel's, where it has one. */
    AUTO,
    /** The kernel's, or none. */
    KERNEL,
    /** Comparison with a copy. */
    COMPARE
  }

  /** Makes a tracker of memory that is zero, with an equal copy. */
  @FunctionalInterface
  interface Maker {
    /**
     * Makes it.
     *
     * @param copy brought up to date by the caller after each {@link DirtyTracker#take}
     * @throws LinuxException if the kernel lacks what it takes
     */
    DirtyTracker make(MemorySegment memory, MemorySegment copy) throws LinuxException;
  }

  /** Returns how a tracker of that choice is made, given one that asks the kernel. */
  static Maker choose(Choice choice, Maker kernel) {
    return switch (choice) {
      case KERNEL -> kernel;
      case COMPARE -> (memory, copy) -> new CompareTracker(memory, copy, "");
      case AUTO ->
          (memory, copy) -> {
            try {
              return kernel.make(memory, copy);
            } catch (LinuxException e) {
              return new CompareTracker(memory, copy, String.valueOf(e.getMessage()));
            }
          };
    };
  }

  /** Says in a few words how it works, and why it is not the kernel's if that was wanted. */
  String description();

  /** Returns the pages written since the last call; the first time, since the memory was zero. */
  BitSet take() throws IOException;

  @Override
  void close();
}
