package dev.cairn.tools.bench;

import dev.cairn.tools.bench.DifferenceCodec.Way;
import org.jspecify.annotations.Nullable;

/**
 * Which versions of a page are stored as differences, and what all of them take. A difference is
 * from a version that is stored whole, so that one more read is enough; the nearest one. A version
 * is stored whole where the difference would not save a quarter of that, and where the nearest
 * whole one is too far below. Not thread-safe.
 */
final class DifferenceMix {
  /** In place of a distance: each version from the one below, whatever that is: read on and on. */
  static final int UNBOUNDED = 0;

  private final DifferenceCodec codec;
  private final Way way;
  private final int most;
  private byte @Nullable [] base;
  private int distance;
  private long storedBytes;
  private long differences;

  /**
   * @param most how many versions the whole one may lie below; 1: every second one at most is a
   *     difference; or {@link #UNBOUNDED}
   */
  DifferenceMix(DifferenceCodec codec, Way way, int most) {
    this.codec = codec;
    this.way = way;
    this.most = most;
  }

  /** Begins a page: there is nothing below its first version. */
  void begin() {
    base = null;
    distance = 0;
  }

  /** Takes a version that takes no place; no difference is from it. */
  void addZero() {
    begin();
  }

  /** Takes the first version of a page, which does not count. */
  void first(byte[] content) {
    base = content;
    distance = 0;
  }

  /**
   * Takes a version.
   *
   * @param content not to be changed afterwards
   * @param whole what it takes if it is no difference, bytes
   * @return what it takes
   */
  int add(byte[] content, int whole) {
    byte[] below = base;
    boolean near = most == UNBOUNDED || distance < most;
    int difference =
        below != null && near ? codec.difference(way, below, content) : DifferenceCodec.NONE;
    // A version that resembles the base so little is worth more as a base itself: a Linux guest's
    // dictionaries came to 0.683 of zstd in place of 0.716; with a half for the quarter, to 0.694.
    if (difference <= whole / 4 * 3) {
      distance++;
      differences++;
      storedBytes += difference;
      if (most == UNBOUNDED) {
        base = content;
      }
      return difference;
    }
    base = content;
    distance = 0;
    storedBytes += whole;
    return whole;
  }

  Way way() {
    return way;
  }

  /** Returns how far below a whole version may lie. */
  int most() {
    return most;
  }

  /** Returns what all versions take, bytes. */
  long storedBytes() {
    return storedBytes;
  }

  /** Returns how many are differences. */
  long differences() {
    return differences;
  }

  /** Returns it as the table has it. */
  String text() {
    return way.word()
        + switch (most) {
          case UNBOUNDED -> ", of the version below, however many steps";
          case 1 -> ", of the version below, every second one whole";
          default -> ", of the nearest whole one, up to " + most + " below";
        };
  }
}
