package dev.cairn.transport.link;

import dev.cairn.transport.tls.Wire;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A plain connection, TCP or Unix. Thread-safe as {@link Carrier} says. Virtual threads wait in it
 * without a thread of the kernel.
 */
final class SocketCarrier implements Carrier, Wire {
  /** A kernel that takes a piece in one call says how far it is only between pieces. */
  private static final int PIECE = 64 << 10;

  private final SocketChannel channel;
  private final String name;

  /** Of the reader. */
  private final ByteBuffer[] next = new ByteBuffer[2];

  /** Of the writer. */
  private final ByteBuffer[] both = new ByteBuffer[2];

  SocketCarrier(SocketChannel channel, String name) {
    this.channel = channel;
    this.name = name;
  }

  /** Sets what can be set now. */
  void connected() throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true); // a frame goes out at once
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    return channel.read(into);
  }

  @Override
  public int read(ByteBuffer first, ByteBuffer second) throws IOException {
    next[0] = first;
    next[1] = second;
    return Math.toIntExact(channel.read(next));
  }

  @Override
  public void write(ByteBuffer first, ByteBuffer second) throws IOException {
    if (!second.hasRemaining()) {
      while (first.hasRemaining()) {
        channel.write(first);
      }
      return;
    }
    both[0] = first;
    both[1] = second;
    while (second.hasRemaining()) {
      channel.write(both);
    }
  }

  @Override
  public void endOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void shutdown() {
    try {
      channel.close();
    } catch (IOException _) {
      // It is closed all the same.
    }
  }

  @Override
  public String name() {
    return name;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Nobody waits for a limited time here: a handshake that takes too long is shut down.
   */
  @Override
  public boolean awaitInput(Duration most) {
    throw new UnsupportedOperationException("waits in read alone");
  }

  @Override
  public int read(MemorySegment into) throws IOException {
    return channel.read(into.asByteBuffer());
  }

  @Override
  public void write(MemorySegment from) throws IOException {
    for (long at = 0; at < from.byteSize(); at += PIECE) {
      ByteBuffer piece = from.asSlice(at, Math.min(PIECE, from.byteSize() - at)).asByteBuffer();
      while (piece.hasRemaining()) {
        channel.write(piece);
      }
    }
  }
}
