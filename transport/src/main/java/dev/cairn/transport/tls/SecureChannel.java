package dev.cairn.transport.tls;

import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * TLS 1.3 over a wire. Safe for use by one reader and one writer at once, as the wire is; anyone
 * may shut it down. Its buffers, some 100 KiB, are made once; nothing is allocated for a record but
 * by the JDK.
 *
 * <p>A writer encrypts one record, 16 KiB at most, and waits until the wire has taken it: what is
 * encrypted and unsent is never more than that beside what is in the wire. A reader never writes:
 * the answer to a peer's key update goes out in front of the next record, which RFC 8446 (4.6.3)
 * allows, so that neither waits for the other.
 */
public final class SecureChannel {
  private static final int MOST_SLICE = 1 << 30;

  private final Wire wire;
  private final SSLEngine engine;

  /** What waits until it is taken: of the writer. */
  private final ReentrantLock writing = new ReentrantLock();

  private final ByteBuffer sealed;
  private final MemorySegment outgoing;

  private final ReentrantLock reading = new ReentrantLock();
  private final ByteBuffer arrived;
  private final MemorySegment incoming;
  private final ByteBuffer opened;

  /** Guarded by reading. */
  private boolean ended;

  private volatile boolean endIsAuthentic;

  private SecureChannel(Wire wire, SSLEngine engine) {
    this.wire = wire;
    this.engine = engine;
    int record = engine.getSession().getPacketBufferSize();
    // Any thread may be in a call that uses them when the wire is closed.
    Arena arena = Arena.ofAuto();
    outgoing = arena.allocate(record, 8);
    incoming = arena.allocate(2L * record, 8);
    // Ciphers work in arrays: where they are given native memory, they copy it piece by piece.
    sealed = ByteBuffer.allocate(record);
    arrived = ByteBuffer.allocate(2 * record).flip();
    opened = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
  }

  /**
   * Calls a peer and makes sure who it is. The wire is shut down if that fails.
   *
   * @param hostname one that the peer's certificate must name
   * @throws RefusedException if the peer's certificate does not hold
   * @throws TlsException if it does not speak TLS 1.3, or refuses
   * @throws SocketTimeoutException if that takes longer than patience
   */
  public static SecureChannel client(
      Wire wire, TlsCredentials credentials, String hostname, Duration patience)
      throws IOException {
    return new SecureChannel(wire, credentials.client(hostname)).shakeHands(patience);
  }

  /**
   * Answers a peer that calls; fails as {@link #client}.
   *
   * @param verifyPeer whether it has to have a certificate, too
   */
  public static SecureChannel server(
      Wire wire, TlsCredentials credentials, boolean verifyPeer, Duration patience)
      throws IOException {
    return new SecureChannel(wire, credentials.server(verifyPeer)).shakeHands(patience);
  }

  private SecureChannel shakeHands(Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    boolean done = false;
    writing.lock();
    reading.lock();
    try {
      engine.beginHandshake();
      HandshakeStatus status;
      while ((status = engine.getHandshakeStatus()) != HandshakeStatus.NOT_HANDSHAKING) {
        if (status == HandshakeStatus.NEED_TASK) {
          runTasks();
        } else if (status == HandshakeStatus.NEED_WRAP) {
          seal(ByteBuffer.allocate(0));
        } else if (!open() && !ended && !receive(end)) {
          throw new SocketTimeoutException(
              name() + ": TLS: no handshake within " + patience.toMillis() + " ms");
        }
        if (ended) {
          throw new TlsException(
              name()
                  + ": TLS: the peer hung up in the handshake: it does not speak TLS, or refuses"
                  + " us; its log may say why",
              new IOException("end of the connection"));
        }
      }
      done = true;
      return this;
    } catch (SSLException e) {
      sayWhy();
      throw TlsFailures.of(name(), e);
    } finally {
      reading.unlock();
      writing.unlock();
      if (!done) {
        wire.shutdown();
      }
    }
  }

  /**
   * Tells the peer by an alert, if that is still possible, why its handshake is not gone on with.
   */
  private void sayWhy() {
    try {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        seal(ByteBuffer.allocate(0));
      }
    } catch (IOException _) {
      // The failure itself is told.
    }
  }

  /** Returns the distinguished name of the peer's certificate, if it had to have one. */
  public Optional<String> peer() {
    try {
      return Optional.of(engine.getSession().getPeerPrincipal().getName());
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  /** As {@link Wire#awaitInput}: bytes are there when their record has come whole. */
  public boolean awaitInput(Duration most) throws IOException {
    reading.lock();
    try {
      return fill(System.nanoTime() + most.toNanos());
    } finally {
      reading.unlock();
    }
  }

  /**
   * As {@link Wire#read}. The end may be one that nobody has authenticated: whether all has come is
   * told by what is carried, or by {@link #endIsAuthentic}.
   *
   * @throws TlsException if what came was not sealed by the peer; the wire is shut down then
   */
  public int read(MemorySegment into) throws IOException {
    reading.lock();
    try {
      while (!opened.hasRemaining() && !ended) {
        fill(Long.MAX_VALUE);
      }
      if (!opened.hasRemaining()) {
        return -1;
      }
      int count = (int) Math.min(opened.remaining(), into.byteSize());
      MemorySegment.copy(opened.array(), opened.position(), into, ValueLayout.JAVA_BYTE, 0, count);
      opened.position(opened.position() + count);
      return count;
    } finally {
      reading.unlock();
    }
  }

  /** Tells whether the peer itself has said that nothing follows, and not just a cut wire. */
  public boolean endIsAuthentic() {
    return endIsAuthentic;
  }

  /** Waits until there are opened bytes, or the end; false if the time is over. */
  private boolean fill(long end) throws IOException {
    try {
      while (!opened.hasRemaining() && !ended) {
        if (!open() && !ended && !receive(end)) {
          return false;
        }
      }
      return true;
    } catch (SSLException e) {
      wire.shutdown();
      throw TlsFailures.of(name(), e);
    }
  }

  /**
   * Opens the next record, if it is there whole.
   *
   * @return false if more has to come
   */
  private boolean open() throws SSLException {
    opened.clear();
    SSLEngineResult result;
    try {
      result = engine.unwrap(arrived, opened);
    } finally {
      opened.flip();
    }
    if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      runTasks();
    }
    switch (result.getStatus()) {
      case BUFFER_UNDERFLOW -> {
        return false;
      }
      case CLOSED -> {
        ended = true;
        endIsAuthentic = true;
      }
      case BUFFER_OVERFLOW -> throw new SSLException("a record longer than 16 KiB");
      case OK -> {}
    }
    return true;
  }

  private void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  /** Takes sealed bytes off the wire; false if the time is over. */
  private boolean receive(long end) throws IOException {
    if (end != Long.MAX_VALUE
        && !wire.awaitInput(Duration.ofNanos(Math.max(0, end - System.nanoTime())))) {
      return false;
    }
    arrived.compact();
    try {
      int count = wire.read(incoming.asSlice(0, arrived.remaining()));
      if (count < 0) {
        ended = true;
        return true;
      }
      MemorySegment.copy(
          incoming, ValueLayout.JAVA_BYTE, 0, arrived.array(), arrived.position(), count);
      arrived.position(arrived.position() + count);
      return true;
    } finally {
      arrived.flip();
    }
  }

  /** As {@link Wire#write}. */
  public void write(MemorySegment from) throws IOException {
    writing.lock();
    try {
      for (long at = 0; at < from.byteSize(); at += MOST_SLICE) {
        ByteBuffer slice =
            from.asSlice(at, Math.min(MOST_SLICE, from.byteSize() - at)).asByteBuffer();
        while (slice.hasRemaining()) {
          seal(slice);
        }
      }
    } catch (SSLException e) {
      throw TlsFailures.of(name(), e);
    } finally {
      writing.unlock();
    }
  }

  /** Says that nothing follows; the other way stays open. For the writer. */
  public void endOutput() throws IOException {
    writing.lock();
    try {
      engine.closeOutbound();
      while (!engine.isOutboundDone()) {
        seal(ByteBuffer.allocate(0));
      }
    } catch (SSLException e) {
      throw TlsFailures.of(name(), e);
    } finally {
      writing.unlock();
    }
  }

  /** Sends one record: of the handshake, if one is due, else with as much as it can hold. */
  private void seal(ByteBuffer from) throws IOException {
    sealed.clear();
    int before = from.remaining();
    SSLEngineResult result = engine.wrap(from, sealed);
    if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      runTasks();
    }
    sealed.flip();
    int count = sealed.remaining();
    if (count > 0) {
      MemorySegment.copy(sealed.array(), 0, outgoing, ValueLayout.JAVA_BYTE, 0, count);
      wire.write(outgoing.asSlice(0, count));
    } else if (before > 0 && from.remaining() == before) {
      throw new SSLException("nothing can be sent any more: " + result.getStatus());
    }
  }

  /** As {@link Wire#shutdown}: the peer is told nothing. */
  public void shutdown() {
    wire.shutdown();
  }

  private String name() {
    return wire.name();
  }
}
