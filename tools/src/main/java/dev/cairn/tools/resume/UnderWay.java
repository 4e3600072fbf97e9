package dev.cairn.tools.resume;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Says how much may be under way to a destination, so that a page that is asked for is not long
 * behind it. What counts is all that the destination has not placed, wherever it waits: in our
 * socket, on the wire, or in the buffer of the destination's socket, which grows to some MiB on a
 * TCP connection and is told to nobody. So a PING goes between pages, and its PONG says that all
 * before it is placed, and how long that took. More may be under way as long as an answer takes
 * hardly longer than the shortest one took, by which nothing else was in its way; less when it
 * does. Of a round the best answer counts: a destination that was not scheduled for a while is no
 * slower. Where nothing can wait unseen there are no PINGs, and always room. Not thread-safe.
 */
final class UnderWay {
  /** A guest asks for most when it has just begun: little is in its way then. */
  static final long FIRST_BYTES = 32 << 10;

  static final long LEAST_BYTES = 16 << 10;
  static final long MOST_BYTES = 64 << 20;

  /** A destination takes about as long for a page of zeros as for so many bytes of others. */
  static final int ZERO_PAGE_BYTES = 1 << 10;

  private static final int PAGE_BYTES = Machine.PAGE + 9;

  /** Values from here on are PINGs of this. */
  static final int FIRST_PING = 0x100;

  /** So much longer an answer is to take, about, as more is in its way; a quarter of a long one. */
  static final long LEAST_QUEUE_NANOS = 300_000;

  static final long MOST_QUEUE_NANOS = 5_000_000;

  /**
   * A PING that is not answered.
   *
   * @param sent all that went before it
   */
  private record Ping(int value, long sent, long nanos) {}

  private final boolean counts;
  private final Deque<Ping> pings = new ArrayDeque<>();
  private int nextPing = FIRST_PING;
  private long sent;
  private long placed;
  private long most = FIRST_BYTES;
  private boolean begins = true;

  /** What was sent when there was no more room. */
  private long full = -1;

  private long shortestNanos = Long.MAX_VALUE;

  /** What was sent when the round began: what went before says nothing of the change since. */
  private long roundStart;

  private long roundNanos = Long.MAX_VALUE;

  /**
   * Makes one, with nothing under way.
   *
   * @param hidden whether bytes may wait where nobody tells of them
   */
  UnderWay(boolean hidden) {
    counts = hidden;
  }

  /** Returns how much may be under way now: bytes, pages of zeros counted as more than they are. */
  long most() {
    return counts ? most : MOST_BYTES;
  }

  /** Takes note of pages that were written. */
  void sent(int pages, int zeroPages) {
    sent += (long) pages * PAGE_BYTES + (long) zeroPages * ZERO_PAGE_BYTES;
  }

  /** Tells whether pages that nobody has asked for may go now; else an answer changes that. */
  boolean hasRoom() {
    if (!counts || sent - placed < most) {
      return true;
    }
    full = sent;
    return false;
  }

  /** Tells whether a PING is to go now: the first one tells how long the way is. */
  boolean isDue() {
    return counts
        && (nextPing == FIRST_PING
            || sent - (pings.isEmpty() ? placed : pings.getLast().sent) >= most / 4);
  }

  /**
   * Takes note of a PING that goes now, and returns its value.
   *
   * @param nanos now
   */
  int ping(long nanos) {
    pings.add(new Ping(nextPing, sent, nanos));
    return nextPing++;
  }

  /**
   * Takes note of a PONG; one that answers no PING of this is none of its business.
   *
   * @param nanos when it came
   */
  void pong(long value, long nanos) {
    Ping ping = pings.peek();
    if (ping == null || ping.value != value) {
      return;
    }
    pings.remove();
    placed = ping.sent;
    long took = Math.max(1, nanos - ping.nanos);
    shortestNanos = Math.min(shortestNanos, took);
    if (ping.sent > roundStart) {
      roundNanos = Math.min(roundNanos, took);
      if (ping.sent >= roundStart + most / 2) {
        endRound();
      }
    }
  }

  private void endRound() {
    long queue = Math.clamp(shortestNanos / 4, LEAST_QUEUE_NANOS, MOST_QUEUE_NANOS);
    if (roundNanos > shortestNanos + queue) {
      begins = false;
      double share = (double) (shortestNanos + queue) / roundNanos;
      most = (long) (most * Math.max(0.5, share));
    } else if (full > roundStart) { // else nobody knows whether more would have queued
      most += begins ? most : most / 8;
    }
    most = Math.clamp(most, LEAST_BYTES, MOST_BYTES);
    roundStart = sent;
    roundNanos = Long.MAX_VALUE;
  }
}
