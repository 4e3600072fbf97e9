package dev.cairn.tools.demo;

import java.io.Closeable;
import java.io.IOException;
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

  /** Says in a few words how it works. */
  String description();

  /** Returns the pages written since the last call; the first time, since the memory was zero. */
  BitSet take() throws IOException;

  @Override
  void close();
}
