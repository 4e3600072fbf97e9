package dev.cairn.transport.link;

import dev.cairn.transport.tls.SecureChannel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A connection within TLS. Thread-safe as {@link Carrier} says. A frame is gathered to whole
 * records: encryption costs more than the copy.
 */
final class TlsCarrier implements Carrier {
  private static final int RECORD = 16 << 10;

  private final SecureChannel channel;
  private final String name;

  /** Of the writer. */
  private final ByteBuffer gathered = ByteBuffer.allocateDirect(RECORD);

  TlsCarrier(SecureChannel channel, String name) {
    this.channel = channel;
    this.name = name;
  }

  SecureChannel channel() {
    return channel;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int count = channel.read(MemorySegment.ofBuffer(into));
    if (count > 0) {
      into.position(into.position() + count);
    }
    return count;
  }

  /** A record at a time: what is behind it comes with the next. */
  @Override
  public int read(ByteBuffer first, ByteBuffer second) throws IOException {
    return read(first);
  }

  @Override
  public void write(ByteBuffer first, ByteBuffer second) throws IOException {
    gathered.clear();
    gather(first);
    gather(second);
    flush();
  }

  private void gather(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      int count = Math.min(gathered.remaining(), from.remaining());
      int limit = from.limit();
      gathered.put(from.limit(from.position() + count));
      from.limit(limit);
      if (!gathered.hasRemaining()) {
        flush();
      }
    }
  }

  private void flush() throws IOException {
    if (gathered.flip().hasRemaining()) {
      channel.write(MemorySegment.ofBuffer(gathered));
    }
    gathered.clear();
  }

  @Override
  public void endOutput() throws IOException {
    channel.endOutput();
  }

  @Override
  public void shutdown() {
    channel.shutdown();
  }

  @Override
  public String name() {
    return name;
  }
}
