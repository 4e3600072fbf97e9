package dev.cairn.tools.demo;

import dev.cairn.chain.PageSink;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Sends a restore point to a guest whose page faults cannot be had. Safe as {@link PageSink} is.
 */
final class GuestFill implements PageSink {
  private final DataOutputStream out;
  private final Spoiler spoiler;

  GuestFill(DataOutputStream out, Spoiler spoiler) {
    this.out = out;
    this.spoiler = spoiler;
  }

  @Override
  public void begin(RamLayout layout, DeviceState state) {}

  @Override
  public synchronized void write(int block, long page, MemorySegment data) throws IOException {
    spoiler.spoil(page, data);
    GuestProtocol.writeRun(out, page, data);
  }

  @Override
  public synchronized void finish() throws IOException {
    GuestProtocol.writeEnd(out);
    out.flush();
  }

  /** Lets nothing go: the stream is the guest's. */
  @Override
  public void close() {}
}
