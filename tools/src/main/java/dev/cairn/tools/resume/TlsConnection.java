package dev.cairn.tools.resume;

import dev.cairn.tools.migration.Connection;
import dev.cairn.transport.tls.SecureChannel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * A connection within TLS. Thread-safe as {@link Connection} says. What is unsent is counted and
 * limited where it is sealed already; at most one record, 16 KiB, waits in front of that.
 */
final class TlsConnection implements Connection {
  private final Connection plain;
  private final SecureChannel channel;
  private volatile boolean closed;

  /** Puts a connection into a channel over it; both are this one's from now on. */
  TlsConnection(Connection plain, SecureChannel channel) {
    this.plain = plain;
    this.channel = channel;
  }

  /** Returns what it goes over. */
  Connection plain() {
    return plain;
  }

  @Override
  public boolean awaitInput(Duration most) throws IOException {
    requireOpen();
    return channel.awaitInput(most);
  }

  @Override
  public int read(MemorySegment into) throws IOException {
    requireOpen();
    return channel.read(into);
  }

  @Override
  public void write(MemorySegment from) throws IOException {
    channel.write(from);
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(name() + ": is closed");
    }
  }

  @Override
  public long unsentBytes() throws IOException {
    return plain.unsentBytes();
  }

  @Override
  public void limitUnsent(int bytes) throws IOException {
    plain.limitUnsent(bytes);
  }

  @Override
  public boolean hidesUnread() {
    return plain.hidesUnread();
  }

  @Override
  public void shutdown() {
    plain.shutdown();
  }

  @Override
  public String name() {
    return plain.name();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    plain.close();
  }
}
