package dev.cairn.tools.uffd;

import dev.cairn.store.Id;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.linux.SharedMemory;
import dev.cairn.tools.linux.UserFault;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Owns what a server must not forget of a VM, in memory that its keeper holds, too. Layout:
 * tools/UFFD.md, The record. Thread-safe, but for the messages: they belong to who reads them.
 */
final class VmRecord implements Closeable {
  static final int MOST_MESSAGES = 64;

  private static final long MAGIC =
      ByteBuffer.wrap("CAIRNVM1".getBytes(StandardCharsets.US_ASCII))
          .order(ByteOrder.LITTLE_ENDIAN)
          .getLong();

  static final long AT_UNITS = 8;
  static final long AT_MESSAGE_CRC = 16;
  static final long AT_POINT = 24;
  static final long AT_MESSAGES = 4096;
  static final long AT_BITS = 8192;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final VarHandle WORD = LONG.varHandle();

  private final SharedMemory shared;
  private final MemorySegment memory;
  private final long units;
  private final long bitmapBytes;

  private VmRecord(SharedMemory shared, long units) {
    this.shared = shared;
    this.memory = shared.memory();
    this.units = units;
    this.bitmapBytes = bitmapBytes(units);
  }

  private static long bitmapBytes(long units) {
    return (units + 63) / 64 * 8;
  }

  /**
   * Makes one for a VM of which nothing was given yet.
   *
   * @param point checkpoint id of what it is served
   * @param message the client's
   */
  static VmRecord create(Id point, long units, byte[] message) throws IOException {
    SharedMemory shared = SharedMemory.create("cairn-uffd", AT_BITS + 2 * bitmapBytes(units));
    MemorySegment memory = shared.memory();
    memory.set(LONG, AT_UNITS, units);
    memory.set(LONG, AT_MESSAGE_CRC, crc(message));
    memory.set(LONG, AT_POINT, point.high());
    memory.set(LONG, AT_POINT + 8, point.low());
    memory.set(LONG, 0, MAGIC);
    return new VmRecord(shared, units);
  }

  /**
   * Goes on with one that another server has made.
   *
   * @param shared owned from now on, unless this fails
   * @throws RefusedException if it is of another version, point or message
   */
  static VmRecord of(SharedMemory shared, Id point, long units, byte[] message) throws IOException {
    MemorySegment memory = shared.memory();
    if (memory.byteSize() < AT_BITS || memory.get(LONG, 0) != MAGIC) {
      throw new RefusedException(
          "the record of a VM: expected one of this version, found another; go on with the Cairn"
              + " that began to serve it");
    }
    Id found = point(shared);
    if (!found.equals(point)) {
      throw new RefusedException(
          "the VM has memory of checkpoint id "
              + found
              + ", and this point is "
              + point
              + ": serve the point that it began with");
    }
    if (memory.get(LONG, AT_UNITS) != units
        || memory.get(LONG, AT_MESSAGE_CRC) != crc(message)
        || memory.byteSize() < AT_BITS + 2 * bitmapBytes(units)) {
      throw new RefusedException("the record of a VM: expected that of its message, found another");
    }
    return new VmRecord(shared, units);
  }

  /** Returns the checkpoint id in a record that may be of any version. */
  static Id point(SharedMemory shared) {
    MemorySegment memory = shared.memory();
    return memory.byteSize() < AT_BITS
        ? Id.NONE
        : new Id(memory.get(LONG, AT_POINT), memory.get(LONG, AT_POINT + 8));
  }

  private static long crc(byte[] message) {
    CRC32C crc = new CRC32C();
    crc.update(message);
    return crc.getValue();
  }

  /** Returns the descriptor's number, for the keeper. */
  int number() {
    return shared.number();
  }

  /** Returns the room for messages: whoever reads them into it is survived by them. */
  MemorySegment messages() {
    return memory.asSlice(AT_MESSAGES, (long) MOST_MESSAGES * UserFault.MESSAGE_BYTES);
  }

  /** Notes that a unit was given; prefill leaves it out. */
  void received(long unit) {
    WORD.getAndBitwiseOr(memory, AT_BITS + check(unit) / 64 * 8, 1L << unit);
  }

  boolean isReceived(long unit) {
    return get(AT_BITS, unit);
  }

  /** Notes that units were removed: they are zeros for ever. Returns how many were not yet. */
  long remove(long from, long to) {
    long found = 0;
    for (long at = from; at < to; ) {
      long next = Math.min(to, (at / 64 + 1) * 64);
      long bits = -1L >>> (64 - (next - at)) << at;
      long place = AT_BITS + bitmapBytes + check(at) / 64 * 8;
      found += Long.bitCount(bits & ~(long) WORD.getAndBitwiseOr(memory, place, bits));
      at = next;
    }
    return found;
  }

  boolean isRemoved(long unit) {
    return get(AT_BITS + bitmapBytes, unit);
  }

  private boolean get(long bitmap, long unit) {
    return ((long) WORD.getVolatile(memory, bitmap + check(unit) / 64 * 8) & 1L << unit) != 0;
  }

  private long check(long unit) {
    if (unit < 0 || unit >= units) {
      throw new IllegalArgumentException("unit " + unit + " of " + units);
    }
    return unit;
  }

  @Override
  public void close() {
    shared.close();
  }
}
