package dev.cairn.tests.hosts;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client that means harm, over TCP or Unix sockets. What it sends is given by the caller; it
 * judges nothing, and tells what became of it. Closing it breaks its connections off. Not
 * thread-safe.
 */
public final class HostileTcp implements AutoCloseable {
  private static final int READ_BYTES = 64 << 10;

  /** So that a server which writes to one who never reads is held up soon. */
  private static final int SMALL_BUFFER_BYTES = 4 << 10;

  private final SocketAddress target;
  private final @Nullable SocketAddress from;
  private final Duration patience;
  private final Selector selector;
  private final List<SocketChannel> held = new ArrayList<>();

  /**
   * What became of connections.
   *
   * @param connected how many there are or were
   * @param refused how many were not made: refused, or reset before they were
   * @param closed how many of the connected ones the server has closed or broken off
   * @param sentBytes of all of them
   * @param receivedBytes of all of them
   */
  public record Outcome(
      int connected, int refused, int closed, long sentBytes, long receivedBytes) {}

  /**
   * Makes a client.
   *
   * @param patience how long each call waits at most for something to happen
   */
  public HostileTcp(SocketAddress target, Duration patience) throws IOException {
    this(target, null, patience);
  }

  /**
   * Makes a client that comes from an address of its own, by which a server may know it.
   *
   * @param from of this machine; null: any
   */
  public HostileTcp(SocketAddress target, @Nullable InetAddress from, Duration patience)
      throws IOException {
    this.target = target;
    this.from = from == null ? null : new InetSocketAddress(from, 0);
    this.patience = patience;
    this.selector = Selector.open();
  }

  /**
   * Opens connections, sends the same bytes on each, and holds them. Returns when each was made or
   * refused, or the patience is over.
   */
  public Outcome open(int count, byte[] first) throws IOException {
    int connected = 0;
    int refused = 0;
    long sent = 0;
    List<SelectionKey> opening = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SocketChannel channel = channel();
      try {
        if (channel.connect(target)) {
          connected++;
          sent += channel.write(ByteBuffer.wrap(first));
        } else {
          opening.add(channel.register(selector, SelectionKey.OP_CONNECT));
        }
      } catch (IOException e) {
        refused++;
        drop(channel);
      }
    }
    long end = System.nanoTime() + patience.toNanos();
    while (opening.stream().anyMatch(SelectionKey::isValid) && await(end)) {
      for (SelectionKey key : selector.selectedKeys()) {
        SocketChannel channel = (SocketChannel) key.channel();
        key.cancel();
        try {
          channel.finishConnect();
          connected++;
          sent += channel.write(ByteBuffer.wrap(first));
        } catch (IOException e) {
          refused++;
          drop(channel);
        }
      }
    }
    return new Outcome(connected, refused, 0, sent, 0);
  }

  /** Waits until the server has closed so many of those that are held; reads what it sends. */
  public Outcome awaitClosed(int count) throws IOException {
    int connected = held.size();
    int closed = 0;
    long received = 0;
    selector.selectNow(); // lets go of keys that were cancelled
    for (SocketChannel channel : held) {
      channel.register(selector, SelectionKey.OP_READ);
    }
    ByteBuffer bytes = ByteBuffer.allocate(READ_BYTES);
    long end = System.nanoTime() + patience.toNanos();
    while (closed < count && await(end)) {
      for (SelectionKey key : selector.selectedKeys()) {
        SocketChannel channel = (SocketChannel) key.channel();
        int read = read(channel, bytes);
        received += Math.max(0, read);
        if (read < 0) {
          closed++;
          drop(channel);
        }
      }
    }
    selector.keys().forEach(SelectionKey::cancel);
    return new Outcome(connected, 0, closed, 0, received);
  }

  /**
   * Sends bytes one at a time, with a pause behind each, until the server closes. Reads what it
   * sends meanwhile.
   */
  public Outcome trickle(byte[] bytes, Duration between) throws IOException {
    SocketChannel channel = connected(0);
    channel.register(selector, SelectionKey.OP_READ);
    ByteBuffer into = ByteBuffer.allocate(READ_BYTES);
    long received = 0;
    int sent = 0;
    while (sent < bytes.length) {
      try {
        sent += channel.write(ByteBuffer.wrap(bytes, sent, 1));
      } catch (IOException e) {
        return closed(channel, sent, received);
      }
      long next = System.nanoTime() + between.toNanos();
      while (await(next)) {
        int read = read(channel, into);
        if (read < 0) {
          return closed(channel, sent, received);
        }
        received += read;
      }
    }
    selector.keys().forEach(SelectionKey::cancel);
    return new Outcome(1, 0, 0, sent, received);
  }

  /**
   * Sends a request again and again, and never reads an answer: until the server closes, or takes
   * nothing as long as the patience, or has taken so many bytes.
   */
  public Outcome neverRead(byte[] request, long mostBytes) throws IOException {
    SocketChannel channel = connected(SMALL_BUFFER_BYTES);
    channel.register(selector, SelectionKey.OP_WRITE);
    ByteBuffer bytes = ByteBuffer.wrap(request);
    long sent = 0;
    while (sent < mostBytes && await(System.nanoTime() + patience.toNanos())) {
      try {
        sent += channel.write(bytes);
      } catch (IOException e) {
        return closed(channel, sent, 0);
      }
      if (!bytes.hasRemaining()) {
        bytes.clear();
      }
    }
    selector.keys().forEach(SelectionKey::cancel);
    return new Outcome(1, 0, 0, sent, 0);
  }

  /**
   * Sends a request so many times, as fast as the server takes it; reads the answers; then ends its
   * side and reads to the end. Returns also if nothing happens as long as the patience.
   */
  public Outcome flood(byte[] request, long times) throws IOException {
    SocketChannel channel = connected(0);
    SelectionKey key = channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    ByteBuffer bytes = ByteBuffer.wrap(request);
    ByteBuffer into = ByteBuffer.allocate(READ_BYTES);
    long left = times;
    long sent = 0;
    long received = 0;
    while (await(System.nanoTime() + patience.toNanos())) {
      try {
        if (key.isWritable()) {
          sent += channel.write(bytes);
          if (!bytes.hasRemaining() && --left > 0) {
            bytes.clear();
          } else if (left == 0) {
            channel.shutdownOutput();
            key.interestOps(SelectionKey.OP_READ);
          }
        }
      } catch (IOException e) {
        return closed(channel, sent, received);
      }
      if (key.isReadable()) {
        int read = read(channel, into);
        if (read < 0) {
          return closed(channel, sent, received);
        }
        received += read;
      }
    }
    key.cancel();
    return new Outcome(1, 0, 0, sent, received);
  }

  private Outcome closed(SocketChannel channel, long sent, long received) throws IOException {
    drop(channel);
    return new Outcome(1, 0, 1, sent, received);
  }

  /** Waits until something can be done; false if it is late. */
  private boolean await(long endNanos) throws IOException {
    selector.selectedKeys().clear();
    long millis = Math.ceilDiv(endNanos - System.nanoTime(), 1_000_000L);
    return millis > 0 && selector.select(millis) > 0;
  }

  /** Reads; a connection that is broken off is at its end, too. */
  private static int read(SocketChannel channel, ByteBuffer into) {
    try {
      return channel.read(into.clear());
    } catch (IOException e) {
      return -1;
    }
  }

  private SocketChannel connected(int receiveBufferBytes) throws IOException {
    SocketChannel channel = channel();
    channel.configureBlocking(true);
    if (receiveBufferBytes != 0) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
    }
    channel.connect(target);
    channel.configureBlocking(false);
    return channel;
  }

  private SocketChannel channel() throws IOException {
    SocketChannel channel =
        target instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    held.add(channel);
    if (from != null) {
      channel.bind(from);
    }
    channel.configureBlocking(false);
    return channel;
  }

  private void drop(SocketChannel channel) throws IOException {
    held.remove(channel);
    channel.close();
  }

  @Override
  public void close() throws IOException {
    held.forEach(Relay::reset);
    selector.close();
  }
}
