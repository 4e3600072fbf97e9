package dev.cairn.tools.capture;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Whose turn it is to get a picture of the disks: the first point's, and each so many points later.
 * Points count, and not tries: what is on its way to the store may be lost, and with it its
 * picture, which the next one gets then. Thread-safe.
 */
final class DiskTurns {
  private final long every;

  /** Durable points from the newest one with a picture on, that one too. */
  private long since;

  /** What is on its way, in order; whether it has a picture. */
  private final Deque<Boolean> underWay = new ArrayDeque<>();

  /**
   * Nothing was taken yet.
   *
   * @param every 1 for all
   */
  DiskTurns(long every) {
    this.every = every;
    this.since = every;
  }

  /** Tells whether the next checkpoint gets one, if none of those on their way is lost. */
  synchronized boolean isNext() {
    long count = since;
    for (boolean pictured : underWay) {
      count = pictured ? 1 : count + 1;
    }
    return count >= every;
  }

  /** A checkpoint is about to be stored; those are stored, or dropped, in this order. */
  synchronized void taken(boolean pictured) {
    underWay.add(pictured);
  }

  /** The oldest of those on their way is a point. */
  synchronized void stored() {
    since = underWay.remove() ? 1 : since + 1;
  }

  /** The oldest of those on their way became none. */
  synchronized void dropped() {
    underWay.remove();
  }
}
