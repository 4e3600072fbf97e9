package dev.cairn.transport.link;

import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageWriter;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Gathers an answer with a stream in whole frames. Not thread-safe. */
final class CoveredStream implements AnswerStream {
  /** Sends one frame's payload. */
  interface Frames {
    void send(ByteBuffer payload, boolean more) throws LinkLostException;
  }

  private final Frames frames;
  private final ByteBuffer payload = FrameHeader.buffer(FrameHeader.MOST_PAYLOAD);

  CoveredStream(Message head, Frames frames) {
    this.frames = frames;
    MessageWriter.put(head, payload);
  }

  @Override
  public void write(MemorySegment bytes) throws LinkLostException {
    for (long at = 0; at < bytes.byteSize(); ) {
      if (!payload.hasRemaining()) {
        flush(true); // more is here
      }
      int count = (int) Math.min(payload.remaining(), bytes.byteSize() - at);
      payload.put(bytes.asSlice(at, count).asByteBuffer());
      at += count;
    }
  }

  @Override
  public void end() throws LinkLostException {
    flush(false);
  }

  private void flush(boolean more) throws LinkLostException {
    frames.send(payload.flip(), more);
    payload.clear();
  }
}
