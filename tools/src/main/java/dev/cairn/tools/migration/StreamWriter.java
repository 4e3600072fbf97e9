package dev.cairn.tools.migration;

import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Writes a migration stream as its source does. Bytes are gathered in a buffer of its own and go
 * out when that is full, or by {@link #flush}. Not thread-safe.
 */
public final class StreamWriter {
  /** Takes what is gathered. */
  @FunctionalInterface
  public interface Output {
    /**
     * Takes all bytes.
     *
     * @param bytes borrowed for the call
     */
    void write(MemorySegment bytes) throws IOException;
  }

  /**
   * A run of bytes of a block.
   *
   * @param start in bytes
   * @param length in bytes
   */
  public record Range(long start, long length) {}

  /**
   * Makes a writer.
   *
   * @param buffer native memory, the caller's; at least 64 KiB
   */
  public StreamWriter(Output out, MemorySegment buffer) {
    throw new UnsupportedOperationException(out + " " + buffer);
  }

  /**
   * Writes magic, version and configuration.
   *
   * @param configuration as {@link StreamReader#CONFIGURATION} has it
   */
  public void head(byte[] configuration) throws IOException {
    throw new UnsupportedOperationException("" + configuration.length);
  }

  public void openReturnPath() throws IOException {
    throw new UnsupportedOperationException();
  }

  public void ping(int value) throws IOException {
    throw new UnsupportedOperationException("" + value);
  }

  /**
   * Says that postcopy may come.
   *
   * @param hostPageSizes of all blocks, or'ed together
   */
  public void postcopyAdvise(long hostPageSizes) throws IOException {
    throw new UnsupportedOperationException("" + hostPageSizes);
  }

  /**
   * Says what of a block is not there yet in its final form; split into commands as need be.
   *
   * @param ranges ascending, whole host pages
   */
  public void postcopyDiscard(String block, Iterable<Range> ranges) throws IOException {
    throw new UnsupportedOperationException(block + ranges);
  }

  /**
   * Writes LISTEN, the devices, PING and RUN as one package.
   *
   * @param devices as {@link StreamReader#DEVICES} has it, closing EOF byte included
   * @param ping value of the PING
   */
  public void postcopyPackage(byte[] devices, int ping) throws IOException {
    throw new UnsupportedOperationException(devices.length + " " + ping);
  }

  public void postcopyResume() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Asks which pages of a block have come. */
  public void askReceivedBitmap(String block) throws IOException {
    throw new UnsupportedOperationException(block);
  }

  /**
   * Writes SECTION_START of the RAM with the block table.
   *
   * @param postcopy whether the capability is on: then host page sizes other than 4,096 are told
   */
  public void ramStart(RamLayout layout, boolean postcopy) throws IOException {
    throw new UnsupportedOperationException(layout + " " + postcopy);
  }

  /** Begins a SECTION_PART; pages follow. */
  public void partStart() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Writes a page record. */
  public void page(int block, long page, MemorySegment content) throws IOException {
    throw new UnsupportedOperationException(block + " " + page + content);
  }

  /** Writes the record of a page that is zero. */
  public void zero(int block, long page) throws IOException {
    throw new UnsupportedOperationException(block + " " + page);
  }

  /** Ends a SECTION_PART. */
  public void partEnd() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Writes the SECTION_END of the RAM, without pages. */
  public void ramEnd() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Writes the EOF byte. */
  public void eof() throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Writes the devices and their description, as precopy ends.
   *
   * @param devices closing EOF byte included
   * @param description JSON, or nothing
   */
  public void devices(byte[] devices, byte[] description) throws IOException {
    throw new UnsupportedOperationException(devices.length + " " + description.length);
  }

  /** Hands out all that is gathered. */
  public void flush() throws IOException {
    throw new UnsupportedOperationException();
  }
}
