package dev.cairn.transport.tls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * Takes records off the wire and opens them. Never writes. For one thread at a time, but for {@link
 * #endIsAuthentic}.
 */
final class Opener {
  /**
   * How many records without data may come one after another: of the handshake, tickets, key
   * updates, empty ones. A sound peer sends some dozens at most.
   */
  private static final int MOST_EMPTY = 1_000;

  private final Wire wire;
  private final SSLEngine engine;
  private final Sealer sealer;
  private final MemorySegment incoming;

  /** Two records: so there is always room for the rest of one. */
  private final ByteBuffer arrived;

  private final ByteBuffer opened;
  private int empty;
  private boolean ended;
  private boolean failed;
  private volatile boolean endIsAuthentic;

  Opener(Wire wire, SSLEngine engine, Sealer sealer, Arena arena) {
    this.wire = wire;
    this.engine = engine;
    this.sealer = sealer;
    int record = engine.getSession().getPacketBufferSize();
    incoming = arena.allocate(2L * record, 8);
    arrived = ByteBuffer.allocate(2 * record).flip();
    opened = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
  }

  /** Returns what has come and is not opened. */
  ByteBuffer arrived() {
    return arrived;
  }

  /** Tells whether nothing more comes. */
  boolean hasEnded() {
    return ended;
  }

  /** Tells whether the peer itself has said so. */
  boolean endIsAuthentic() {
    return endIsAuthentic;
  }

  /** Waits until there are opened bytes, or the end; false if the time is over. */
  boolean fill(long end) throws IOException {
    if (failed) {
      throw new SSLException("it has failed before"); // be the engine still willing
    }
    try {
      while (!opened.hasRemaining() && !ended) {
        if (!step(end)) {
          return false;
        }
      }
      return true;
    } catch (SSLException e) {
      failed = true;
      throw e;
    }
  }

  /** Opens one record, or takes bytes off the wire; false if the time is over. */
  boolean step(long end) throws IOException {
    return open() || ended || receive(end);
  }

  /** Moves opened bytes; -1 if there are none. */
  int take(MemorySegment into) {
    if (!opened.hasRemaining()) {
      return -1;
    }
    int count = (int) Math.min(opened.remaining(), into.byteSize());
    MemorySegment.copy(opened.array(), opened.position(), into, ValueLayout.JAVA_BYTE, 0, count);
    opened.position(opened.position() + count);
    return count;
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
      Sealer.runTasks(engine);
    }
    switch (result.getStatus()) {
      case BUFFER_UNDERFLOW -> {
        return false;
      }
      case CLOSED -> {
        if (result.bytesConsumed() == 0) {
          throw new SSLException("it has failed before"); // what came just now was no close_notify
        }
        ended = true;
        endIsAuthentic = true;
      }
      case BUFFER_OVERFLOW -> throw new SSLException("a record longer than 16 KiB");
      case OK -> count(result);
    }
    return true;
  }

  /** Ends it with a peer that only keeps us busy: nothing else bounds such records. */
  private void count(SSLEngineResult result) throws SSLException {
    if (result.bytesProduced() > 0) {
      empty = 0;
    } else if (result.bytesConsumed() > 0) {
      if (++empty > MOST_EMPTY) {
        throw new SSLException(
            "expected data, found %d records without any, one after another".formatted(empty));
      }
      if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        sealer.owe();
      }
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
      if (!arrived.hasRemaining()) {
        throw new SSLException("a record longer than two of 16 KiB"); // never asks for 0 bytes
      }
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
}
