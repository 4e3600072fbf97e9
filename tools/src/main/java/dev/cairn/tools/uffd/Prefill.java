package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.UserFault;
import dev.cairn.tools.memory.MemorySource;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Gives a VM what nobody has asked for yet, from behind the last fault on, while no fault waits.
 * Belongs to one thread.
 */
final class Prefill {
  /** Of small pages; a huge one is a piece by itself. */
  private static final int PIECE_BYTES = 64 << 10;

  /** So many pieces that are on their way are waited for; others are not asked for meanwhile. */
  private static final int MOST_LATER = 64;

  private static final long GIVE_WAY_NANOS = 50_000;
  private static final long WAIT_NANOS = 100_000_000;

  /**
   * Units that are given together.
   *
   * @param first its number
   */
  private record Piece(Mapping region, long first, int count) {}

  private final VmMemory memory;
  private final UserFault fault;
  private final MemorySource source;
  private final long bytesPerSecond;
  private final List<Long> firstPieces = new ArrayList<>();
  private final long pieces;
  private long nextNanos = System.nanoTime();
  private long lastTouched;
  private int cursor;
  private boolean gone;

  /**
   * Makes one.
   *
   * @param fault of its own
   * @param bytesPerSecond at most; 0 is no limit
   */
  Prefill(VmMemory memory, UserFault fault, MemorySource source, long bytesPerSecond) {
    this.memory = memory;
    this.fault = fault;
    this.source = source;
    this.bytesPerSecond = bytesPerSecond;
    long count = 0;
    for (Mapping region : memory.mappings().all()) {
      firstPieces.add(count);
      count += (region.units() + perPiece(region) - 1) / perPiece(region);
    }
    pieces = count;
  }

  private static int perPiece(Mapping region) {
    return Math.max(1, PIECE_BYTES / region.unitBytes());
  }

  /** Returns whether everything that can be read was given; else it was told to stop. */
  boolean run() throws IOException {
    Thread self = Thread.currentThread();
    int most = Math.max(PIECE_BYTES, memory.mappings().largestUnitBytes());
    try (Arena arena = Arena.ofShared();
        PieceReader reader = new PieceReader(source, most, arena);
        Closeable _ = source.onArrival(() -> LockSupport.unpark(self))) {
      PageGiver giver = new PageGiver(fault, most, arena);
      BitSet done = new BitSet();
      BitSet later = new BitSet();
      long left = pieces;
      while (!memory.isStopped() && !gone && left > 0) {
        int next = next(done, later);
        if (next < 0) {
          LockSupport.parkNanos(WAIT_NANOS);
          for (int at = later.nextSetBit(0); at >= 0 && !gone; at = later.nextSetBit(at + 1)) {
            if (give(piece(at), reader, giver)) {
              later.clear(at);
              done.set(at);
              left--;
            }
          }
        } else if (give(piece(next), reader, giver)) {
          done.set(next);
          left--;
        } else {
          later.set(next);
        }
      }
      return !gone && left == 0;
    }
  }

  /**
   * The first one at or behind the last fault, around the end; -1 if those that are on their way
   * come first.
   */
  private int next(BitSet done, BitSet later) {
    if (later.cardinality() >= MOST_LATER) {
      return -1;
    }
    long touched = memory.lastTouched();
    if (touched != lastTouched) {
      lastTouched = touched;
      cursor = pieceOf(touched);
    }
    int from = cursor;
    for (int i = 0; i < 2; i++) {
      int at = done.nextClearBit(from);
      while (at < pieces && later.get(at)) {
        at = done.nextClearBit(at + 1);
      }
      if (at < pieces) {
        cursor = at;
        return at;
      }
      from = 0;
    }
    return -1;
  }

  private int pieceOf(long unit) {
    Mapping region = memory.mappings().ofUnit(unit);
    long first = firstPieces.get(memory.mappings().all().indexOf(region));
    return (int) (first + (unit - region.firstUnit()) / perPiece(region));
  }

  private Piece piece(int index) {
    int at = firstPieces.size() - 1;
    while (firstPieces.get(at) > index) {
      at--;
    }
    Mapping region = memory.mappings().all().get(at);
    long from = (index - firstPieces.get(at)) * perPiece(region);
    int count = (int) Math.min(perPiece(region), region.units() - from);
    return new Piece(region, region.firstUnit() + from, count);
  }

  /** Returns false if something of it is still on its way. */
  private boolean give(Piece piece, PieceReader reader, PageGiver giver) throws IOException {
    if (isDone(piece)) {
      return true;
    }
    int unitBytes = piece.region().unitBytes();
    long offset = piece.region().offsetOf(piece.first());
    long present;
    try {
      if (reader.isMissing(offset, (long) piece.count() * unitBytes, false)) {
        return false;
      }
      present = reader.read(offset, (long) piece.count() * unitBytes, unitBytes);
    } catch (IOException e) {
      return true; // damaged: who touches it is told of
    }
    for (int at = 0; at < piece.count() && !memory.isStopped() && !gone; ) {
      giveWay();
      at += giveRun(piece, at, present, reader, giver);
    }
    limit((long) piece.count() * unitBytes);
    return true;
  }

  private boolean isDone(Piece piece) {
    for (int i = 0; i < piece.count(); i++) {
      if (isDue(piece.first() + i)) {
        return false;
      }
    }
    return true;
  }

  private boolean isDue(long unit) {
    return !memory.record().isReceived(unit) && !memory.record().isRemoved(unit);
  }

  /** Gives a run of units that are all zero, or all not; returns how far to go on. */
  private int giveRun(Piece piece, int from, long present, PieceReader reader, PageGiver giver)
      throws IOException {
    memory.giving().lock();
    try {
      if (!isDue(piece.first() + from)) {
        return 1;
      }
      boolean zero = (present & 1L << from) == 0;
      int to = from + 1;
      while (to < piece.count()
          && isDue(piece.first() + to)
          && ((present & 1L << to) == 0) == zero) {
        to++;
      }
      switch (give(piece, from, to, zero, reader, giver)) {
        case DONE -> {
          for (int i = from; i < to; i++) {
            memory.record().received(piece.first() + i);
          }
          memory.tally().prefilled(to - from, zero);
          return to - from;
        }
        case GONE -> gone = true;
        case AGAIN -> {}
      }
    } finally {
      memory.giving().unlock();
    }
    // The other thread reads what is removed meanwhile.
    LockSupport.parkNanos(GIVE_WAY_NANOS);
    return 0;
  }

  private static PageGiver.Given give(
      Piece piece, int from, int to, boolean zero, PieceReader reader, PageGiver giver)
      throws IOException {
    int unitBytes = piece.region().unitBytes();
    long address = piece.region().addressOf(piece.first() + from);
    long bytes = (long) (to - from) * unitBytes;
    return zero
        ? giver.zeros(address, bytes, unitBytes > Mappings.LEAST_UNIT)
        : giver.data(address, reader.slice((long) from * unitBytes, bytes));
  }

  private void giveWay() {
    while (memory.hasWaiting() && !memory.isStopped()) {
      LockSupport.parkNanos(GIVE_WAY_NANOS);
    }
  }

  private void limit(long bytes) {
    if (bytesPerSecond > 0) {
      nextNanos = Math.max(nextNanos, System.nanoTime()) + bytes * 1_000_000_000L / bytesPerSecond;
      while (!memory.isStopped() && nextNanos - System.nanoTime() > 0) {
        LockSupport.parkNanos(Math.min(WAIT_NANOS, nextNanos - System.nanoTime()));
      }
    }
  }
}
