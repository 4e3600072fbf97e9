package dev.cairn.transport.tls;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;

/** A wire over a socket of the JDK, which an interrupt closes. As {@link Wire} says. */
final class SocketWire implements Wire, AutoCloseable {
  private final SocketChannel socket;
  private final String name;

  SocketWire(SocketChannel socket, String name) {
    this.socket = socket;
    this.name = name;
  }

  @Override
  public boolean awaitInput(Duration most) throws IOException {
    socket.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      SelectionKey key = socket.register(selector, SelectionKey.OP_READ);
      selector.select(Math.max(1, most.toMillis()));
      Set<SelectionKey> ready = selector.selectedKeys();
      return ready.contains(key);
    } finally {
      if (socket.isOpen()) {
        socket.configureBlocking(true);
      }
    }
  }

  @Override
  public int read(MemorySegment into) throws IOException {
    ByteBuffer buffer = into.asByteBuffer();
    if (!buffer.hasRemaining()) {
      throw new AssertionError("no byte is wanted");
    }
    return socket.read(buffer);
  }

  @Override
  public void write(MemorySegment from) throws IOException {
    ByteBuffer buffer = from.asByteBuffer();
    while (buffer.hasRemaining()) {
      socket.write(buffer);
    }
  }

  @Override
  public void shutdown() {
    try {
      socket.shutdownInput();
      socket.shutdownOutput();
    } catch (IOException _) {
      // It has ended.
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
