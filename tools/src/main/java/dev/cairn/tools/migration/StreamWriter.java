package dev.cairn.tools.migration;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a migration stream as its source does. Bytes are gathered in a buffer of its own and go
 * out when that is full, or by {@link #flush}. Not thread-safe.
 */
public final class StreamWriter {
  /**
   * Id of the RAM section. A destination finds the section that goes on by its id alone, among
   * those of the devices too, so it is one that QEMU, which counts from 0, gives to none.
   */
  static final int RAM_SECTION = 0x52414d;

  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int LEAST_BUFFER = 64 << 10;

  /** Ranges of one DISCARD; 2,000 were tried with QEMU 10.0.2, its own sources send 12. */
  private static final int MOST_RANGES = 1000;

  /** Type byte, command and length. */
  private static final int COMMAND_BYTES = 5;

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

  private final Output out;
  private final MemorySegment buffer;
  private final List<byte[]> names = new ArrayList<>();
  private long at;

  /** Block of the record before in this section, or -1. */
  private int block = -1;

  /**
   * Makes a writer.
   *
   * @param buffer native memory, the caller's; at least 64 KiB
   */
  public StreamWriter(Output out, MemorySegment buffer) {
    if (buffer.byteSize() < LEAST_BUFFER) {
      throw new IllegalArgumentException("a buffer of " + buffer.byteSize() + " bytes");
    }
    this.out = out;
    this.buffer = buffer;
  }

  /** Returns how many bytes are gathered and have not gone out. */
  public long gathered() {
    return at;
  }

  private void room(int bytes) throws IOException {
    if (buffer.byteSize() - at < bytes) {
      flush();
    }
  }

  private void put8(int value) throws IOException {
    room(1);
    buffer.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    at++;
  }

  private void put16(int value) throws IOException {
    room(2);
    buffer.set(BE16, at, (short) value);
    at += 2;
  }

  private void put32(int value) throws IOException {
    room(4);
    buffer.set(BE32, at, value);
    at += 4;
  }

  private void put64(long value) throws IOException {
    room(8);
    buffer.set(BE64, at, value);
    at += 8;
  }

  private void put(byte[] bytes, int length) throws IOException {
    int done = 0;
    while (done < length) {
      room(1);
      int count = (int) Math.min(length - done, buffer.byteSize() - at);
      MemorySegment.copy(bytes, done, buffer, ValueLayout.JAVA_BYTE, at, count);
      at += count;
      done += count;
    }
  }

  private void name(byte[] name) throws IOException {
    if (name.length < 1 || name.length > RamBlock.MAX_NAME_BYTES) {
      throw new IllegalArgumentException("a name of " + name.length + " bytes");
    }
    put8(name.length);
    put(name, name.length);
  }

  private static byte[] utf8(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private void command(int command, int length) throws IOException {
    put8(StreamWords.COMMAND);
    put16(command);
    put16(length);
  }

  /**
   * Writes magic, version and configuration.
   *
   * @param configuration as {@link StreamReader#CONFIGURATION} has it
   */
  public void head(byte[] configuration) throws IOException {
    put32((int) StreamWords.MAGIC);
    put32((int) StreamWords.VERSION);
    put8(StreamWords.CONFIGURATION);
    put(configuration, configuration.length);
  }

  public void openReturnPath() throws IOException {
    command(StreamWords.OPEN_RETURN_PATH, 0);
  }

  public void ping(int value) throws IOException {
    command(StreamWords.PING, 4);
    put32(value);
  }

  /**
   * Says that postcopy may come.
   *
   * @param hostPageSizes of all blocks, or'ed together
   */
  public void postcopyAdvise(long hostPageSizes) throws IOException {
    command(StreamWords.POSTCOPY_ADVISE, 16);
    put64(hostPageSizes);
    put64(StreamWords.PAGE);
  }

  /**
   * Says what of a block is not there yet in its final form; split into commands as need be.
   *
   * @param ranges ascending, whole host pages
   */
  public void postcopyDiscard(String block, Iterable<Range> ranges) throws IOException {
    byte[] name = utf8(block);
    List<Range> some = new ArrayList<>();
    for (Range range : ranges) {
      some.add(range);
      if (some.size() == MOST_RANGES) {
        discard(name, some);
        some.clear();
      }
    }
    if (!some.isEmpty()) {
      discard(name, some);
    }
  }

  /** Version 0, name and the NUL that ends it, ranges. */
  private void discard(byte[] name, List<Range> ranges) throws IOException {
    command(StreamWords.POSTCOPY_RAM_DISCARD, 3 + name.length + 16 * ranges.size());
    put8(0);
    name(name);
    put8(0);
    for (Range range : ranges) {
      put64(range.start);
      put64(range.length);
    }
  }

  /**
   * Writes LISTEN, the devices, PING and RUN as one package.
   *
   * @param devices as {@link StreamReader#DEVICES} has it, closing EOF byte included
   * @param ping value of the PING
   */
  public void postcopyPackage(byte[] devices, int ping) throws IOException {
    int sections = devices.length - 1; // without the EOF: the stream goes on
    if (sections < 0 || devices[sections] != StreamWords.EOF) {
      throw new IllegalArgumentException("device sections without their EOF byte");
    }
    command(StreamWords.PACKAGED, 4);
    put32(3 * COMMAND_BYTES + 4 + sections);
    command(StreamWords.POSTCOPY_LISTEN, 0);
    put(devices, sections);
    ping(ping);
    command(StreamWords.POSTCOPY_RUN, 0);
  }

  public void postcopyResume() throws IOException {
    command(StreamWords.POSTCOPY_RESUME, 0);
  }

  /** Asks which pages of a block have come. */
  public void askReceivedBitmap(String block) throws IOException {
    byte[] name = utf8(block);
    command(StreamWords.RECV_BITMAP, 1 + name.length);
    name(name);
  }

  /**
   * Knows the blocks of the records that follow, of a stream that goes on without a block table:
   * after a recovery.
   */
  public void blocks(RamLayout layout) {
    if (layout.pageSize() != StreamWords.PAGE) {
      throw new IllegalArgumentException("pages of " + layout.pageSize() + " bytes");
    }
    names.clear();
    for (RamBlock ram : layout.blocks()) {
      names.add(utf8(ram.name()));
    }
  }

  /**
   * Writes SECTION_START of the RAM with the block table.
   *
   * @param postcopy whether the capability is on: then host page sizes other than 4,096 are told
   */
  public void ramStart(RamLayout layout, boolean postcopy) throws IOException {
    blocks(layout);
    section(StreamWords.SECTION_START);
    name(utf8(StreamWords.RAM));
    put32(0);
    put32((int) StreamWords.RAM_VERSION);
    put64(layout.totalBytes() | StreamWords.MEM_SIZE);
    for (int i = 0; i < names.size(); i++) {
      RamBlock ram = layout.blocks().get(i);
      name(names.get(i));
      put64(ram.length());
      if (postcopy && ram.hostPageSize() != StreamWords.PAGE) {
        put64(ram.hostPageSize());
      }
    }
    partEnd();
  }

  private void section(int type) throws IOException {
    put8(type);
    put32(RAM_SECTION);
    block = -1;
  }

  /** Begins a SECTION_PART; pages follow. */
  public void partStart() throws IOException {
    section(StreamWords.SECTION_PART);
  }

  /** Writes a page record. */
  public void page(int block, long page, MemorySegment content) throws IOException {
    if (content.byteSize() != StreamWords.PAGE) {
      throw new IllegalArgumentException("a page of " + content.byteSize() + " bytes");
    }
    record(block, page, StreamWords.PAGE_RECORD);
    room(StreamWords.PAGE);
    MemorySegment.copy(content, 0, buffer, at, StreamWords.PAGE);
    at += StreamWords.PAGE;
  }

  /** Writes the record of a page that is zero. */
  public void zero(int block, long page) throws IOException {
    record(block, page, StreamWords.ZERO);
    put8(0);
  }

  private void record(int block, long page, int flags) throws IOException {
    long offset = page * StreamWords.PAGE;
    if (block == this.block) {
      put64(offset | flags | StreamWords.CONTINUE);
    } else {
      put64(offset | flags);
      name(names.get(block));
      this.block = block;
    }
  }

  /** Ends a SECTION_PART. */
  public void partEnd() throws IOException {
    put64(StreamWords.EOS);
    put8(StreamWords.FOOTER);
    put32(RAM_SECTION);
  }

  /** Writes the SECTION_END of the RAM, without pages. */
  public void ramEnd() throws IOException {
    section(StreamWords.SECTION_END);
    partEnd();
  }

  /** Writes the EOF byte. */
  public void eof() throws IOException {
    put8(StreamWords.EOF);
  }

  /**
   * Writes the devices and their description, as precopy ends.
   *
   * @param devices closing EOF byte included
   * @param description JSON, or nothing
   */
  public void devices(byte[] devices, byte[] description) throws IOException {
    put(devices, devices.length);
    if (description.length > 0) {
      put8(StreamWords.DESCRIPTION);
      put32(description.length);
      put(description, description.length);
    }
  }

  /** Hands out all that is gathered. */
  public void flush() throws IOException {
    if (at > 0) {
      out.write(buffer.asSlice(0, at));
      at = 0;
    }
  }
}
