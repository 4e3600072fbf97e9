package dev.cairn.tools.capture;

import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * What a spool holds, as an image. Immutable; safe for use by several threads.
 *
 * @param spool complete; closed with this image
 * @param whole whether a page that did not come is zero; else it is unchanged
 * @param deviceState that belongs to it
 */
record SpoolImage(Spool spool, boolean whole, DeviceState deviceState) implements PageImage {
  @Override
  public RamLayout layout() {
    return spool.layout();
  }

  /** QEMU sends a page that was written, whatever was written. */
  @Override
  public boolean mayRepeat() {
    return !whole;
  }

  /** Of a whole image, zero pages are left out: they are what is not there. */
  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    spool.runs(block, from, to, !whole, visitor);
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    spool.read(block, page, into);
  }

  @Override
  public void close() throws IOException {
    spool.close();
  }
}
