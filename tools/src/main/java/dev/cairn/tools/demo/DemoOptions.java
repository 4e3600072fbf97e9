package dev.cairn.tools.demo;

import dev.cairn.store.file.FrameCodec;
import dev.cairn.tools.linux.AnonymousMemory;
import java.time.Duration;

/**
 * What the demo is to do. Immutable.
 *
 * @param seconds for all of it, about
 * @param memoryBytes of the guest, whole pages, 4 MiB to 4 GiB
 * @param tracker of dirty pages
 * @param fill how the restored guest gets its memory
 * @param codec of page frames
 * @param spoiled whether one bit is flipped on the way into the restored guest
 */
public record DemoOptions(
    int seconds,
    long memoryBytes,
    DirtyTracker.Choice tracker,
    Fill fill,
    FrameCodec codec,
    boolean spoiled) {
  static final Duration INTERVAL = Duration.ofMillis(500);

  private static final int FEWEST_POINTS = 4;
  private static final long LEAST_BYTES = 4L << 20;
  private static final long MOST_BYTES = 4L << 30;

  /** How the restored guest gets its memory. */
  public enum Fill {
    /** As it is touched, where the kernel has that. */
    AUTO,
    /** As it is touched, or not at all. */
    ON_DEMAND,
    /** All of it first. */
    PREFILL
  }

  public DemoOptions {
    if (seconds < 1 || seconds > 3600) {
      throw new IllegalArgumentException("seconds: expected 1 to 3600, found " + seconds);
    }
    if (memoryBytes < LEAST_BYTES
        || memoryBytes > MOST_BYTES
        || memoryBytes % AnonymousMemory.PAGE_BYTES != 0) {
      throw new IllegalArgumentException(
          "memory: expected whole pages, 4M to 4G, found " + memoryBytes);
    }
  }

  /** Returns how many checkpoints are taken: three fifths of the time, two in a second. */
  int points() {
    return Math.max(FEWEST_POINTS, seconds * 6 / 5);
  }

  /** Returns after which time a guest process is killed, whatever it does. */
  Duration deadline() {
    return Duration.ofSeconds(60 + 5L * seconds + (memoryBytes >> 24));
  }
}
