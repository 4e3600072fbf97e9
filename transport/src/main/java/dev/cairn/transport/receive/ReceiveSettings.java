package dev.cairn.transport.receive;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * How a receiver receives. Immutable.
 *
 * @param mirror whether points that the source has forgotten go here, too
 * @param reserveBytes room that is left on the disk
 * @param streams data links that are used at once
 * @param pace of what is asked for
 * @param patience how long it goes on without any source
 * @param switchAfter how long it waits for a file that no source has that answers
 * @param nanoTime as {@link System#nanoTime}
 * @param random for tokens: must not be foreseen
 */
public record ReceiveSettings(
    boolean mirror,
    long reserveBytes,
    int streams,
    Pace pace,
    Duration patience,
    Duration switchAfter,
    LongSupplier nanoTime,
    RandomGenerator random) {
  /** Returns the same with another number of data links. */
  public ReceiveSettings withStreams(int number) {
    return new ReceiveSettings(
        mirror, reserveBytes, number, pace, patience, switchAfter, nanoTime, random);
  }
}
