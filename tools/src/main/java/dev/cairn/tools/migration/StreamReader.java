package dev.cairn.tools.migration;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;

/**
 * Reads a migration stream as its destination does, and refuses what tools/QEMU.md says is refused.
 * Its memory does not depend on what the stream announces. Not thread-safe.
 *
 * <p>Order of calls: {@link #readHead}, {@link #readRam}, {@link #readState}; then, of a stream
 * that takes checkpoints, {@link #readColoMessage}, {@link #readDirty} and {@link #readDevices} as
 * its messages say.
 */
public final class StreamReader {
  /** Section of the machine type and other configuration, without the capabilities subsection. */
  public static final String CONFIGURATION = "qemu-configuration";

  /** Section of the device sections, from the first one to the closing EOF byte. */
  public static final String DEVICES = "qemu-devices";

  /** Section of the JSON that describes the devices' fields. */
  public static final String DESCRIPTION = "qemu-vmdesc";

  public StreamReader(StreamInput in, StreamCommands commands) {
    throw new UnsupportedOperationException(in + " " + commands);
  }

  /** Reads magic, version and configuration. */
  public void readHead() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Reads from the block table to the end of the RAM section. The guest is paused then. */
  public void readRam(RamSink ram) throws IOException {
    throw new UnsupportedOperationException(ram.toString());
  }

  /**
   * Reads the device sections and the description, which tells where they end. Returns sections
   * {@link #CONFIGURATION}, {@link #DEVICES}, {@link #DESCRIPTION}. Waits for nothing behind them.
   */
  public DeviceState readState() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Returns the block table. */
  public RamLayout layout() {
    throw new UnsupportedOperationException();
  }

  /** Reads a bare message of QEMU's checkpoint protocol: a {@link ColoMessage}'s number. */
  public int readColoMessage() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Reads the dirty pages of one checkpoint, up to the EOF behind them. */
  public void readDirty(RamSink ram) throws IOException {
    throw new UnsupportedOperationException(ram.toString());
  }

  /** Reads the be64 size and the device sections of one checkpoint: section {@link #DEVICES}. */
  public DeviceSection readDevices() throws IOException {
    throw new UnsupportedOperationException();
  }
}
