package dev.cairn.tools.capture;

import java.io.IOException;

/**
 * Whether a guest that stands still is to be compared with the chain's newest point. Not the first
 * time, and not after one was lost: then as much as can be may differ, and a live stream brings the
 * chain near to it while the guest runs. Not thread-safe.
 */
final class LostDeltas {
  /** So many in a row without a point end a mode, if they took as long as {@link #HOPELESS}. */
  private static final int MOST = 10;

  private static final long HOPELESS = 60_000_000_000L;

  private boolean near;
  private boolean first;
  private int lost;
  private long lastPoint = System.nanoTime();

  /** Tells whether the newest point is of a moment ago. */
  boolean isNear() {
    return near;
  }

  /** Tells whether none was taken since the newest stream. */
  boolean isFirst() {
    return first;
  }

  /** A live stream has come; returns it. */
  Taken streamed(Taken taken) {
    first = true;
    near = taken.fault().isEmpty();
    return taken;
  }

  /** A delta was taken; returns it. */
  Taken compared(Taken taken) {
    first = false;
    lost = 0;
    lastPoint = System.nanoTime();
    return taken;
  }

  /** A checkpoint failed; returns what to throw. */
  IOException lost(IOException why) {
    boolean delta = near;
    near = false;
    if (!delta || !(why instanceof LostCheckpointException)) {
      return why;
    }
    lost++;
    return lost >= MOST && System.nanoTime() - lastPoint > HOPELESS
        ? new ModeFailedException(
            "of the guest's memory nothing could be stored where it lies, "
                + lost
                + " times: "
                + Faults.message(why),
            why)
        : why;
  }
}
