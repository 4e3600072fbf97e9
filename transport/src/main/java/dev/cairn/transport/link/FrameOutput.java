package dev.cairn.transport.link;

import dev.cairn.store.Id;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageWriter;
import dev.cairn.transport.wire.PageEntries;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * What goes out on a link. Thread-safe. Who sends writes, straight from its own memory, one frame
 * at a time and in turn: so nothing is copied or queued here, and no more than a frame of each
 * sender is under way. The thread that reads the link never comes here; what it has to say is said
 * by others.
 */
final class FrameOutput {
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);
  private static final int PIECE = FrameHeader.MOST_PAYLOAD;
  private static final int CAPACITY =
      FrameHeader.BYTES + FrameHeader.MOST_PLAIN + Message.MOST_PAGES * PageEntries.BYTES;

  /** What is shorter is copied behind its header. */
  private static final int WORTH_A_BUFFER = 16 << 10;

  private static final long NOT_WRITING = Long.MIN_VALUE;

  private final Carrier carrier;
  private final LongSupplier nanoTime;

  /** Fair: a page must not wait for more than one frame of each who sends beside it. */
  private final ReentrantLock turn = new ReentrantLock(true);

  private final FrameHeader header = new FrameHeader();
  private final ByteBuffer buffer = FrameHeader.buffer(CAPACITY);
  private final MemorySegment bytes = MemorySegment.ofBuffer(buffer.duplicate());
  private volatile long writesSince = NOT_WRITING;
  private volatile long lastSent;

  FrameOutput(Carrier carrier, LongSupplier nanoTime) {
    this.carrier = carrier;
    this.nanoTime = nanoTime;
    lastSent = nanoTime.getAsLong();
  }

  /** Returns for how long the peer has not taken a frame, nanoseconds; 0 if none waits. */
  long waitsFor(long now) {
    long since = writesSince;
    return since == NOT_WRITING ? 0 : now - since;
  }

  /** Returns for how long nothing was sent, nanoseconds. */
  long silentFor(long now) {
    return now - lastSent;
  }

  /** Sends bytes in front of the first frame, and that frame. */
  void greet(ByteBuffer preamble, int request, Message message) throws IOException {
    turn.lock();
    try {
      begin();
      MessageWriter.put(message, buffer);
      int payload = buffer.position() - FrameHeader.BYTES;
      header.put(buffer, 0, FrameType.of(message), request, false, payload, payload);
      buffer.flip();
      write(preamble, buffer);
    } finally {
      turn.unlock();
    }
  }

  /** Sends bytes that are no frame. */
  void raw(ByteBuffer preamble) throws IOException {
    turn.lock();
    try {
      write(preamble, NOTHING);
    } finally {
      turn.unlock();
    }
  }

  /** Sends a message whole. */
  void send(int request, Message message) throws IOException {
    turn.lock();
    try {
      frame(request, message);
    } finally {
      turn.unlock();
    }
  }

  /** As {@link #send}, if its turn comes in time. */
  void trySend(int request, Message message, long nanos) throws IOException, InterruptedException {
    if (turn.tryLock(nanos, TimeUnit.NANOSECONDS)) {
      try {
        frame(request, message);
        carrier.endOutput();
      } finally {
        turn.unlock();
      }
    }
  }

  private void frame(int request, Message message) throws IOException {
    begin();
    MessageWriter.put(message, buffer);
    end(FrameType.of(message), request);
  }

  /** Sends FETCH. */
  void fetch(int request, long file, long offset, int length) throws IOException {
    turn.lock();
    try {
      begin();
      MessageWriter.putFetch(buffer, file, offset, length);
      end(FrameType.FETCH, request);
    } finally {
      turn.unlock();
    }
  }

  /** Sends PAGES. */
  void pages(int request, Id checkpoint, long page, int block, int count) throws IOException {
    turn.lock();
    try {
      begin();
      MessageWriter.putPages(buffer, checkpoint, page, block, count);
      end(FrameType.PAGES, request);
    } finally {
      turn.unlock();
    }
  }

  private void begin() {
    buffer.clear().position(FrameHeader.BYTES);
  }

  private void end(FrameType type, int request) throws IOException {
    int payload = buffer.position() - FrameHeader.BYTES;
    header.put(buffer, 0, type, request, false, payload, payload);
    buffer.flip();
    write(buffer, NOTHING);
  }

  /**
   * Sends DATA.
   *
   * @param follows whether more of the answer does
   */
  void data(int request, MemorySegment data, boolean follows) throws IOException {
    long at = 0;
    do {
      int count = (int) Math.min(PIECE, data.byteSize() - at);
      boolean more = follows || at + count < data.byteSize();
      turn.lock();
      try {
        uncovered(FrameType.DATA, request, more, 0, piece(data, at, count));
      } finally {
        turn.unlock();
      }
      at += count;
    } while (at < data.byteSize());
  }

  /** Sends PAGES_ARE with all of its pages. */
  void pagesAre(int request, int count, MemorySegment entries, MemorySegment pages)
      throws IOException {
    int fixed = 4 + count * PageEntries.BYTES;
    int first = (int) Math.min(PIECE - fixed, pages.byteSize());
    turn.lock();
    try {
      begin();
      buffer.putShort((short) count).putShort((short) 0);
      MemorySegment.copy(entries, 0, bytes, buffer.position(), (long) count * PageEntries.BYTES);
      boolean more = first < pages.byteSize();
      if (first < WORTH_A_BUFFER && fixed + first <= CAPACITY - FrameHeader.BYTES) {
        // One page: copied, it costs no buffer of its own.
        MemorySegment.copy(pages, 0, bytes, FrameHeader.BYTES + (long) fixed, first);
        header.put(buffer, 0, FrameType.PAGES_ARE, request, more, fixed, fixed + first);
        buffer.limit(FrameHeader.BYTES + fixed + first).position(0);
        write(buffer, NOTHING);
      } else {
        uncovered(FrameType.PAGES_ARE, request, more, fixed, piece(pages, 0, first));
      }
    } finally {
      turn.unlock();
    }
    for (long at = first; at < pages.byteSize(); ) {
      int next = (int) Math.min(PIECE, pages.byteSize() - at);
      boolean more = at + next < pages.byteSize();
      turn.lock();
      try {
        uncovered(FrameType.PAGES_ARE, request, more, 0, piece(pages, at, next));
      } finally {
        turn.unlock();
      }
      at += next;
    }
  }

  private static ByteBuffer piece(MemorySegment data, long at, int count) {
    return count == 0 ? NOTHING : data.asSlice(at, count).asByteBuffer();
  }

  private void uncovered(FrameType type, int request, boolean more, int fixed, ByteBuffer stream)
      throws IOException {
    buffer.clear();
    header.put(buffer, 0, type, request, more, fixed, fixed + stream.remaining());
    buffer.limit(FrameHeader.BYTES + fixed).position(0);
    write(buffer, stream);
  }

  /** Sends a frame of a stream that is covered, fixed fields and all. */
  void covered(FrameType type, int request, boolean more, ByteBuffer payload) throws IOException {
    turn.lock();
    try {
      buffer.clear();
      header.putCovering(buffer, type, request, more, 0, payload);
      buffer.limit(FrameHeader.BYTES).position(0);
      write(buffer, payload);
    } finally {
      turn.unlock();
    }
  }

  private void write(ByteBuffer first, ByteBuffer second) throws IOException {
    writesSince = nanoTime.getAsLong();
    carrier.write(first, second);
    lastSent = nanoTime.getAsLong();
    writesSince = NOT_WRITING;
  }
}
