package dev.cairn.tools.resume;

import dev.cairn.chain.PageSink;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.StreamWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Gives a destination its guest by precopy: a {@link PageSink} over a stream. Memory there is zero
 * at first, so pages of zeros are not sent; the others go in any order.
 */
final class PrecopySink implements PageSink {
  private static final int PING_ALIVE = 1;

  /** A SECTION_PART is ended after so many pages: the destination looks up between them. */
  private static final long PART_PAGES = 4096;

  private final Machine machine;
  private final Link link;
  private final StreamWriter writer;
  private long inPart;

  /**
   * Makes a sink.
   *
   * @param machine whose devices are as they are to be sent
   */
  PrecopySink(Machine machine, Link link) {
    this.machine = machine;
    this.link = link;
    this.writer = link.writer();
  }

  /** The machine was given before: it has been checked, and its state may be another one. */
  @Override
  public synchronized void begin(RamLayout layout, DeviceState state) throws IOException {
    writer.head(machine.configuration());
    // By it the destination says whether it could load everything.
    writer.openReturnPath();
    writer.ping(PING_ALIVE);
    writer.ramStart(machine.layout(), false);
    writer.partStart();
  }

  @Override
  public synchronized void write(int block, long page, MemorySegment data) throws IOException {
    long count = data.byteSize() / Machine.PAGE;
    for (long i = 0; i < count; i++) {
      if (inPart == PART_PAGES) {
        writer.partEnd();
        writer.partStart();
        inPart = 0;
      }
      writer.page(block, page + i, data.asSlice(i * Machine.PAGE, Machine.PAGE));
      inPart++;
    }
    link.tally().sent(count, 0);
  }

  @Override
  public synchronized void finish() throws IOException {
    writer.partEnd();
    writer.ramEnd();
    writer.devices(machine.devices(), machine.description());
    writer.flush();
  }

  /** The connection is its owner's. */
  @Override
  public void close() {}
}
