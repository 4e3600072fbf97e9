package dev.cairn.tools.bench;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a user asked a bench's data to be like; what is empty is the bench's own. Immutable.
 *
 * @param ramBytes of the machine
 * @param checkpoints of the chain
 * @param dirtyPercent of the pages, changed from one checkpoint to the next
 * @param hot which pages change most
 */
public record Sizes(
    OptionalLong ramBytes, OptionalInt checkpoints, OptionalDouble dirtyPercent, HotSet hot) {
  /** What benches have whose bars name no sizes: 1 GiB, 64 checkpoints, 2 %. */
  public static final long STANDARD_RAM_BYTES = 1 << 30;

  public static final int STANDARD_CHECKPOINTS = 64;
  public static final double STANDARD_DIRTY_PERCENT = 2;

  static final long MOST_RAM_BYTES = 1L << 40;
  static final int MOST_CHECKPOINTS = 1_000_000;
  private static final long LEAST_RAM_BYTES = 16 << 20;

  /** Nothing is asked for. */
  public static final Sizes NONE =
      new Sizes(OptionalLong.empty(), OptionalInt.empty(), OptionalDouble.empty(), HotSet.STANDARD);

  public Sizes {
    if (ramBytes.isPresent()
        && (ramBytes.getAsLong() < LEAST_RAM_BYTES || ramBytes.getAsLong() > MOST_RAM_BYTES)) {
      throw new IllegalArgumentException("RAM: expected 16M to 1024G");
    }
    int count = checkpoints.orElse(1);
    if (count < 1 || count > MOST_CHECKPOINTS) {
      throw new IllegalArgumentException("checkpoints: expected 1 to " + MOST_CHECKPOINTS);
    }
    double dirty = dirtyPercent.orElse(1);
    if (!(dirty > 0 && dirty <= 50)) {
      throw new IllegalArgumentException("dirty: expected more than 0 and at most 50 percent");
    }
  }
}
