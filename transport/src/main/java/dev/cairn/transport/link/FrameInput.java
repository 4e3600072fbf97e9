package dev.cairn.transport.link;

import dev.cairn.store.BadInputException;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PageEntries;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What comes in on a link, frame by frame. For one reader; anyone may ask how long it has waited.
 * Bytes of a stream go straight into their caller's memory, but for those that came in one read
 * with what is in front of them.
 */
final class FrameInput {
  /** Holds an answer with one page whole; of a longer stream, few bytes are copied. */
  private static final int AHEAD = 8 << 10;

  private static final int CAPACITY =
      FrameHeader.BYTES + FrameHeader.MOST_PLAIN + Message.MOST_PAGES * PageEntries.BYTES;

  private static final long NOT_WAITING = Long.MIN_VALUE;

  private final Carrier carrier;
  private final LongSupplier nanoTime;
  private final FrameHeader header = new FrameHeader();
  private final ByteBuffer buffer = FrameHeader.buffer(CAPACITY).flip();
  private final MemorySegment bytes = MemorySegment.ofBuffer(buffer.duplicate().clear());

  /** Where what was read ends while the buffer is lent, else -1. */
  private int end = -1;

  /** Made when the first frame of a covered stream comes. */
  private @Nullable ByteBuffer large;

  private volatile long waitsSince = NOT_WAITING;

  FrameInput(Carrier carrier, LongSupplier nanoTime) {
    this.carrier = carrier;
    this.nanoTime = nanoTime;
  }

  /** Returns for how long it has waited for the peer, nanoseconds; 0 if it does not. */
  long waitsFor(long now) {
    long since = waitsSince;
    return since == NOT_WAITING ? 0 : now - since;
  }

  /** Reads the next header; its payload has to be taken before the next one. */
  FrameHeader next() throws IOException {
    giveBack();
    need(FrameHeader.BYTES);
    header.read(buffer);
    return header;
  }

  /** Returns so many bytes that are no frame; valid until the next one is read. */
  ByteBuffer raw(int count) throws IOException {
    need(count);
    return take(count);
  }

  /** Returns the payload of a frame without a stream; valid until the next one is read. */
  ByteBuffer payload() throws IOException {
    int count = header.length();
    need(count);
    header.cover(buffer, buffer.position(), count);
    header.check();
    return take(count);
  }

  /** Returns the payload of a frame whose stream is covered; valid until the next such call. */
  ByteBuffer covered() throws IOException {
    ByteBuffer into = large;
    if (into == null) {
      into = FrameHeader.buffer(FrameHeader.MOST_PAYLOAD);
      large = into;
    }
    into.clear().limit(header.length());
    read(MemorySegment.ofBuffer(into), 0, header.length());
    header.cover(into, 0, header.length());
    header.check();
    return into;
  }

  /**
   * Reads the fixed fields in front of a stream that is not covered.
   *
   * @param skip bytes that are checked, and not copied
   */
  void fixed(int skip, MemorySegment into, int copied) throws IOException {
    int count = skip + copied;
    if (count > header.length()) {
      throw new BadInputException(
          "frame: %s: expected %d bytes at least, found %d"
              .formatted(header.type(), count, header.length()));
    }
    need(count);
    header.cover(buffer, buffer.position(), count);
    header.check();
    MemorySegment.copy(bytes, buffer.position() + (long) skip, into, 0, copied);
    buffer.position(buffer.position() + count);
  }

  /** Looks at the first 32 bits of the payload without taking them. */
  int peek() throws IOException {
    if (header.length() < 4) {
      throw new BadInputException("frame: " + header.type() + ": found no fields");
    }
    need(4);
    return buffer.getInt(buffer.position());
  }

  /** Lends the buffer with nothing but so many bytes in it. */
  private ByteBuffer take(int count) {
    end = buffer.limit();
    return buffer.limit(buffer.position() + count);
  }

  private void giveBack() {
    if (end >= 0) {
      buffer.position(buffer.limit()).limit(end);
      end = -1;
    }
  }

  /** Reads bytes of a stream into memory of the caller. */
  void read(MemorySegment into, long offset, int count) throws IOException {
    giveBack();
    int done = Math.min(count, buffer.remaining());
    MemorySegment.copy(bytes, buffer.position(), into, offset, done);
    buffer.position(buffer.position() + done);
    while (done < count) {
      if (count - done < AHEAD) {
        need(1);
        int more = Math.min(count - done, buffer.remaining());
        MemorySegment.copy(bytes, buffer.position(), into, offset + done, more);
        buffer.position(buffer.position() + more);
        done += more;
      } else {
        // Nothing is buffered. The header behind it comes by the same call: a call for each frame.
        ByteBuffer rest = into.asSlice(offset + done, count - done).asByteBuffer();
        buffer.clear().limit(FrameHeader.BYTES);
        try {
          fill(rest, buffer);
        } finally {
          buffer.flip();
        }
        done += rest.position();
      }
    }
  }

  /** Takes off the wire what comes, until it ends. */
  void drain() throws IOException {
    do {
      buffer.clear();
    } while (carrier.read(buffer) >= 0);
  }

  private void need(int count) throws IOException {
    if (buffer.remaining() >= count) {
      return;
    }
    buffer.compact();
    try {
      buffer.limit(Math.min(buffer.capacity(), Math.max(count, AHEAD)));
      while (buffer.position() < count) {
        fill(buffer);
      }
    } finally {
      buffer.flip();
    }
  }

  private void fill(ByteBuffer into) throws IOException {
    waitsSince = nanoTime.getAsLong();
    int count = carrier.read(into);
    filled(count);
  }

  private void fill(ByteBuffer into, ByteBuffer behind) throws IOException {
    waitsSince = nanoTime.getAsLong();
    int count = carrier.read(into, behind);
    filled(count);
  }

  private void filled(int count) throws IOException {
    waitsSince = NOT_WAITING;
    if (count < 0) {
      throw new EOFException(carrier.name() + ": the peer has ended the link");
    }
  }
}
