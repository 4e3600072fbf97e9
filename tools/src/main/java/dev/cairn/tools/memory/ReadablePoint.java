package dev.cairn.tools.memory;

import dev.cairn.chain.PageSink;
import dev.cairn.chain.Progress;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamLayout;
import java.io.Closeable;
import java.io.IOException;

/** A restore point for who reads it, wherever it is. Safe for use by several threads. */
public interface ReadablePoint extends Closeable {
  /** Returns its number. */
  long checkpoint();

  /** Returns its checkpoint id. */
  Id id();

  RamLayout layout();

  /** Reads the machine's state outside its memory. */
  DeviceState deviceState() throws IOException;

  /** Returns its memory, which is this point's. */
  MemorySource memory();

  /**
   * Writes it into a sink, and finishes that; the caller closes it. Waits for what is not here.
   *
   * @throws IncompleteException if nobody brings that any more
   */
  void restore(PageSink sink, Progress progress) throws IOException;
}
