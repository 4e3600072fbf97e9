package dev.cairn.chain;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Takes a machine's memory and state and makes of it what a hypervisor starts from. Memory is zero
 * at first; each page that is not zero is written once.
 *
 * <p>Order of calls: {@link #begin} once, then {@link #write} from several threads at once and in
 * any order, then {@link #finish} once. Closed without {@code finish}, it leaves nothing behind.
 */
public interface PageSink extends Closeable {
  /** Checks that the sink can take this machine; refuses before anything is changed. */
  void begin(RamLayout layout, DeviceState state) throws IOException;

  /**
   * Writes whole consecutive pages of a block.
   *
   * @param block index into the layout's blocks
   * @param page first page
   * @param data native memory, borrowed for the call
   */
  void write(int block, long page, MemorySegment data) throws IOException;

  /** Makes the result durable and gives it its name. */
  void finish() throws IOException;
}
