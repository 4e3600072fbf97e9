package dev.cairn.tests.hosts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a connection: bytes wait here until they are due. Thread-safe: one thread reads,
 * one writes.
 */
final class Line {
  private static final int PIECE_BYTES = 64 << 10;

  private final Relay relay;
  private final SocketChannel from;
  private final SocketChannel to;
  private final Gate gate;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Piece> pieces = new ArrayDeque<>();
  private long heldBytes;

  private enum Kind {
    BYTES,
    END,
    RESET
  }

  private record Piece(Kind kind, ByteBuffer bytes, long dueNanos) {}

  Line(Relay relay, SocketChannel from, SocketChannel to, Gate gate) {
    this.relay = relay;
    this.from = from;
    this.to = to;
    this.gate = gate;
  }

  /** Reads until the end, or until nothing is passed on any more. */
  void read() throws InterruptedException {
    while (awaitRoom()) {
      ByteBuffer bytes = ByteBuffer.allocate(PIECE_BYTES);
      Kind kind = Kind.BYTES;
      try {
        if (from.read(bytes) < 0) {
          kind = Kind.END;
        }
      } catch (IOException e) {
        kind = Kind.RESET; // from the peer, or for a cut
      }
      add(kind, bytes.flip());
      if (kind != Kind.BYTES) {
        break;
      }
    }
  }

  private boolean awaitRoom() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (relay.isOpen() && heldBytes > gate.mostHeldBytes(relay.delayNanos())) {
        changed.await();
      }
      return relay.isOpen();
    } finally {
      lock.unlock();
    }
  }

  private void add(Kind kind, ByteBuffer bytes) {
    lock.lock();
    try {
      pieces.add(new Piece(kind, bytes, System.nanoTime() + relay.delayNanos()));
      heldBytes += bytes.remaining();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Writes what is due, until the end, or until nothing is passed on any more. */
  void write() throws InterruptedException {
    try {
      while (relay.isOpen()) {
        Piece piece = next();
        if (piece == null) {
          return;
        }
        switch (piece.kind) {
          case BYTES -> pass(piece.bytes);
          case END -> {
            to.shutdownOutput();
            relay.ended();
            return;
          }
          case RESET -> throw new IOException("the peer has broken it off");
        }
      }
    } catch (IOException e) {
      relay.broken();
    }
  }

  private void pass(ByteBuffer bytes) throws IOException, InterruptedException {
    int length = bytes.remaining();
    if (!awaitTime(gate.reserve(length, System.nanoTime()))) {
      return;
    }
    for (int rest = length; rest > 0; ) {
      Gate.Grant grant = gate.take(rest, () -> !relay.isOpen());
      if (grant.bytes() == 0) {
        return;
      }
      ByteBuffer granted = bytes.slice(bytes.position(), grant.bytes());
      while (granted.hasRemaining()) {
        gate.passed(to.write(granted));
      }
      bytes.position(bytes.position() + grant.bytes());
      rest -= grant.bytes();
      grant.then().ifPresent(how -> relay.cutAll(how, gate));
    }
    lock.lock();
    try {
      heldBytes -= length;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a piece and its time; null if nothing is passed on any more. */
  private @Nullable Piece next() throws InterruptedException {
    lock.lockInterruptibly();
    Piece piece;
    try {
      while (relay.isOpen() && pieces.isEmpty()) {
        changed.await();
      }
      piece = pieces.poll();
    } finally {
      lock.unlock();
    }
    return piece != null && awaitTime(piece.dueNanos) ? piece : null;
  }

  /** Waits for a time; false if before that nothing is passed on any more. */
  private boolean awaitTime(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left;
      while (relay.isOpen() && (left = nanos - System.nanoTime()) > 0) {
        changed.awaitNanos(left);
      }
      return relay.isOpen();
    } finally {
      lock.unlock();
    }
  }

  /** Lets both threads look again whether it is passed on. */
  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
