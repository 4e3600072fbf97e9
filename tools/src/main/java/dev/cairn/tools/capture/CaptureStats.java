package dev.cairn.tools.capture;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/** The figures of a capture so far. Thread-safe. */
public final class CaptureStats {
  /** Pauses that percentiles are of. */
  private static final int RECENT = 1024;

  private final long[] pauses = new long[RECENT];
  private long pauseCount;
  private long pauseNanos;
  private long points;
  private long dropped;
  private long pages;
  private long lastPages;
  private long storedBytes;
  private long arrivedBytes;
  private long ramBytes;
  private Optional<Instant> newest = Optional.empty();

  /** A durable point. */
  synchronized void add(CaptureEvent.Point point) {
    points++;
    lastPages = point.pages();
    pages += point.pages();
    storedBytes += point.storedBytes();
    newest = Optional.of(point.time());
  }

  /** A checkpoint was taken; it may become a point. */
  synchronized void pause(Duration pause) {
    pauses[(int) (pauseCount++ % RECENT)] = pause.toNanos();
    pauseNanos += pause.toNanos();
  }

  /**
   * Of a migration under way so much has come.
   *
   * @param ram bytes of the guest's RAM; 0 while that is not known
   */
  synchronized void arrived(long bytes, long ram) {
    arrivedBytes = bytes;
    ramBytes = ram;
  }

  /** Returns how many bytes of the newest migration have come; pages of zeros are short there. */
  public synchronized long arrivedBytes() {
    return arrivedBytes;
  }

  /** Returns how many bytes of RAM that migration is of; 0 while that is not known. */
  public synchronized long ramBytes() {
    return ramBytes;
  }

  synchronized void drop() {
    dropped++;
  }

  /** Returns the longest pause of that part of the newest 1,024; zero if there was none. */
  public synchronized Duration pause(double fraction) {
    int count = (int) Math.min(pauseCount, RECENT);
    if (count == 0) {
      return Duration.ZERO;
    }
    long[] sorted = Arrays.copyOf(pauses, count);
    Arrays.sort(sorted);
    return Duration.ofNanos(sorted[(int) Math.min(count - 1, Math.ceil(fraction * count) - 1)]);
  }

  /** Returns how many checkpoints were taken, each of which paused the guest. */
  public synchronized long pauseCount() {
    return pauseCount;
  }

  /** Returns all of their pauses together. */
  public synchronized Duration pauseTotal() {
    return Duration.ofNanos(pauseNanos);
  }

  /** Returns how many points are durable. */
  public synchronized long points() {
    return points;
  }

  public synchronized long dropped() {
    return dropped;
  }

  /** Returns how many pages the newest durable point brought. */
  public synchronized long lastPages() {
    return lastPages;
  }

  public synchronized long pages() {
    return pages;
  }

  public synchronized long storedBytes() {
    return storedBytes;
  }

  /** Returns the moment of the newest durable point. */
  public synchronized Optional<Instant> newest() {
    return newest;
  }
}
