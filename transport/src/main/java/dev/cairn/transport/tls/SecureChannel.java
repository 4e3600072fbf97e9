package dev.cairn.transport.tls;

import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

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
  private static final long NO_END = Long.MAX_VALUE;

  private final Wire wire;
  private final SSLEngine engine;
  private final TlsFailures failures;

  private final ReentrantLock writing = new ReentrantLock();
  private final Sealer sealer;

  private final ReentrantLock reading = new ReentrantLock();
  private final Opener opener;

  private SecureChannel(Wire wire, SSLEngine engine) {
    this.wire = wire;
    this.engine = engine;
    failures = new TlsFailures(wire.name(), !engine.getUseClientMode());
    // Any thread may be in a call that uses its memory when the wire is closed.
    Arena arena = Arena.ofAuto();
    sealer = new Sealer(wire, engine, arena);
    opener = new Opener(wire, engine, sealer, arena);
  }

  /**
   * Calls a peer and makes sure who it is. The wire is shut down if that fails. A server says only
   * after this whether it takes our certificate: the first read tells.
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
   * @param credentials with a certificate of our own
   * @param client whether it has to show a certificate, too
   * @throws RefusedException also if it shows none and has to
   */
  public static SecureChannel server(
      Wire wire, TlsCredentials credentials, ClientCertificate client, Duration patience)
      throws IOException {
    return new SecureChannel(wire, credentials.server(client)).shakeHands(patience);
  }

  /**
   * When the time is over the wire is shut down: so it ends also with a peer that takes no bytes,
   * or sends them without end.
   */
  private SecureChannel shakeHands(Duration patience) throws IOException {
    CompletableFuture<Boolean> shaken = new CompletableFuture<>();
    CompletableFuture<Boolean> watch =
        shaken
            .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete(
                (_, late) -> {
                  if (late != null) {
                    wire.shutdown();
                  }
                });
    boolean done = false;
    writing.lock();
    reading.lock();
    try {
      engine.beginHandshake();
      exchange(watch);
      done = shaken.complete(true);
      if (!done) {
        throw late(patience, null);
      }
      return this;
    } catch (IOException e) {
      if (shaken.isCompletedExceptionally()) {
        throw late(patience, e);
      }
      if (e instanceof SSLException failure) {
        sayWhy();
        throw failures.of(failure, opener.arrived());
      }
      throw e;
    } finally {
      reading.unlock();
      writing.unlock();
      if (!done) {
        shaken.complete(false);
        wire.shutdown();
      }
    }
  }

  private SocketTimeoutException late(Duration patience, @Nullable Throwable cause) {
    SocketTimeoutException late =
        new SocketTimeoutException(
            wire.name() + ": TLS: no handshake within " + patience.toMillis() + " ms");
    late.initCause(cause);
    return late;
  }

  private void exchange(CompletableFuture<Boolean> watch) throws IOException {
    HandshakeStatus status;
    while ((status = engine.getHandshakeStatus()) != HandshakeStatus.NOT_HANDSHAKING) {
      if (status == HandshakeStatus.NEED_TASK) {
        Sealer.runTasks(engine);
      } else if (status == HandshakeStatus.NEED_WRAP) {
        sealer.seal();
      } else {
        opener.step(NO_END);
      }
      if (opener.hasEnded() || watch.isDone()) {
        throw new TlsException(
            wire.name()
                + ": TLS: the peer hung up in the handshake: it does not speak TLS, or refuses"
                + " us; its log may say why",
            new IOException("end of the connection"));
      }
    }
  }

  /**
   * Tells the peer by an alert, if that is still possible, why its handshake is not gone on with.
   */
  private void sayWhy() {
    try {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        sealer.seal();
      }
    } catch (IOException _) {
      // The failure itself is told.
    }
  }

  /**
   * Returns by which name the peer's certificate gives it rights: the first DNS name in it, in
   * lower case, else its common name; nothing if it has shown none.
   *
   * @throws RefusedException if no such name is in it, or none that is plain to see
   */
  public Optional<String> peerName() throws RefusedException {
    try {
      if (engine.getSession().getPeerCertificates()[0] instanceof X509Certificate certificate) {
        return Optional.of(PeerName.of(certificate));
      }
      return Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns bytes that both ends of this session can compute, and nobody else: not an eavesdropper,
   * and not whoever stands between two sessions (RFC 8446, 7.5). They stay the same while it lasts.
   *
   * @param label as in RFC 5705, at most 249 bytes: {@code EXPORTER-…}
   * @param context what they are bound to as well, at most 255 bytes; may be empty
   * @param lengthBytes 1 to 8,160
   */
  public byte[] exportKeyingMaterial(String label, byte[] context, int lengthBytes)
      throws IOException {
    if (!(engine.getSession() instanceof ExtendedSSLSession session)) {
      throw new IllegalStateException("a session of another library");
    }
    try {
      return session.exportKeyingMaterialData(label, context, lengthBytes);
    } catch (SSLException e) {
      throw failures.of(e);
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
      fill(NO_END);
      return opener.take(into);
    } finally {
      reading.unlock();
    }
  }

  /** Tells whether the peer itself has said that nothing follows, and not just a cut wire. */
  public boolean endIsAuthentic() {
    return opener.endIsAuthentic();
  }

  private boolean fill(long end) throws IOException {
    try {
      return opener.fill(end);
    } catch (SSLException e) {
      wire.shutdown();
      throw failures.of(e, opener.arrived());
    }
  }

  /**
   * As {@link Wire#write}. If it fails nothing can be written any more; what the peer has said
   * before can still be read: it may tell why.
   */
  public void write(MemorySegment from) throws IOException {
    writing.lock();
    try {
      for (long at = 0; at < from.byteSize(); at += MOST_SLICE) {
        ByteBuffer slice =
            from.asSlice(at, Math.min(MOST_SLICE, from.byteSize() - at)).asByteBuffer();
        while (slice.hasRemaining()) {
          sealer.seal(slice);
        }
      }
    } catch (SSLException e) {
      throw failures.of(e);
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
        sealer.seal();
      }
    } catch (SSLException e) {
      throw failures.of(e);
    } finally {
      writing.unlock();
    }
  }

  /** As {@link Wire#shutdown}: the peer is told nothing. */
  public void shutdown() {
    wire.shutdown();
  }
}
