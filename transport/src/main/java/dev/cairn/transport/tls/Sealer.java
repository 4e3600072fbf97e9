package dev.cairn.transport.tls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** Makes records and puts them on the wire. For one thread at a time, but for {@link #owe}. */
final class Sealer {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /**
   * How many of the peer's key updates may wait for our answer, that is for something to be
   * written. Each holds some KiB in the engine; peers renew keys after 64 GiB and more.
   */
  private static final int MOST_OWED = 256;

  private final Wire wire;
  private final SSLEngine engine;

  /** Ciphers work in arrays: where they are given native memory, they copy it piece by piece. */
  private final ByteBuffer sealed;

  private final MemorySegment outgoing;
  private final AtomicInteger owed = new AtomicInteger();

  /** The wire has taken a record in part, or may have. */
  private boolean torn;

  Sealer(Wire wire, SSLEngine engine, Arena arena) {
    this.wire = wire;
    this.engine = engine;
    int record = engine.getSession().getPacketBufferSize();
    outgoing = arena.allocate(record, 8);
    sealed = ByteBuffer.allocate(record);
  }

  /** Notes that the peer waits for something else than data. */
  void owe() throws SSLException {
    if (owed.incrementAndGet() > MOST_OWED) {
      throw new SSLException(
          "expected at most %d new keys until something is written, found more"
              .formatted(MOST_OWED));
    }
  }

  /** Sends one record that is not data, if one is due. */
  void seal() throws IOException {
    seal(NOTHING.duplicate());
  }

  /** Sends one record: what is due before data, else with as much data as it can hold. */
  void seal(ByteBuffer from) throws IOException {
    if (torn) {
      throw new SSLException("a record has gone out in part, and nothing can follow it");
    }
    sealed.clear();
    SSLEngineResult result = engine.wrap(from, sealed);
    if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      runTasks(engine);
    }
    if (result.bytesConsumed() > 0) {
      owed.set(0); // data comes last
    }
    sealed.flip();
    int count = sealed.remaining();
    if (count > 0) {
      MemorySegment.copy(sealed.array(), 0, outgoing, ValueLayout.JAVA_BYTE, 0, count);
      torn = true;
      wire.write(outgoing.asSlice(0, count));
      torn = false;
    } else if (from.hasRemaining() && result.bytesConsumed() == 0) {
      throw new SSLException("nothing can be sent any more: " + result.getStatus());
    }
  }

  /** Does what the engine has put off. */
  static void runTasks(SSLEngine engine) {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }
}
