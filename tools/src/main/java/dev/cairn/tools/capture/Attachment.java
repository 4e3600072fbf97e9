package dev.cairn.tools.capture;

import dev.cairn.chain.Chain;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A QEMU that a capture is attached to: what modes need. Immutable; what it names is of others.
 *
 * @param qemu its settings are those of the mode
 * @param watch over its guest
 * @param door by which migrations come
 * @param phases tells the attach file of what is open
 * @param warnings hears what a person should know
 * @param memory that spools take
 * @param machine sections by which points tell of their machine
 * @param target the chain, and the process that QEMU is
 * @param limits of the capture
 * @param downtime of live migrations
 * @param clock that points carry the time of
 */
record Attachment(
    RunningQemu qemu,
    PauseWatch watch,
    Door door,
    Phases phases,
    Consumer<String> warnings,
    SpoolMemory memory,
    MachineSections machine,
    Target target,
    Limits limits,
    DowntimeLimit downtime,
    Clock clock) {
  /** Where it is said how far a capture is, for who rescues its guest. */
  @FunctionalInterface
  interface Phases {
    /** Says so durably; does nothing if that is what was said last. */
    void enter(AttachFile.Phase phase) throws IOException;
  }

  /**
   * What is captured into what. Immutable.
   *
   * @param process number of QEMU's process, 0 if that is hidden
   * @param settled tells whether nothing of this capture is on its way into the chain
   * @param stats hears what comes
   */
  record Target(Chain chain, long process, BooleanSupplier settled, CaptureStats stats) {}

  /** The name by which QEMU gets its end of the socket. */
  static final String DESCRIPTOR = "cairn";

  /**
   * Bounds. Immutable.
   *
   * @param maxPause {@code --max-pause}: after it others free the guest
   * @param mostStateBytes longest device state
   */
  record Limits(Duration maxPause, long mostStateBytes) {
    /** Within this Cairn frees the guest by itself. */
    Duration ownPause() {
      return maxPause.multipliedBy(3).dividedBy(4);
    }

    /**
     * Looks at a guest that stands still.
     *
     * @throws LostCheckpointException if it has for longer than {@link #ownPause}
     */
    void requireShort(long pausedNanos) throws LostCheckpointException {
      if (pausedNanos > ownPause().toNanos()) {
        throw new LostCheckpointException(
            "the guest has stood still for "
                + pausedNanos / 1_000_000
                + " ms: a checkpoint is dropped; give more --max-pause if it may");
      }
    }

    /** The longest time between two beats. */
    Duration beat() {
      return maxPause.dividedBy(8);
    }
  }

  Chain chain() {
    return target.chain();
  }

  long process() {
    return target.process();
  }

  /** Makes ready what takes a whole live stream. */
  WholePages wholePages() throws IOException {
    return WholePages.begin(target.chain(), memory, target.settled().getAsBoolean());
  }

  /**
   * Says what may be open from now on; where that cannot be said it must not be.
   *
   * @throws LostCheckpointException on a full disk, say
   */
  void announce(AttachFile.Phase phase) throws LostCheckpointException {
    try {
      phases.enter(phase);
    } catch (IOException e) {
      throw new LostCheckpointException(
          "a pause cannot be announced: " + Faults.message(e) + "; a checkpoint is dropped");
    }
  }

  /**
   * Says that no migration of ours is open any more. Where that cannot be said, on a full disk, the
   * file goes on saying that one may be: who rescues then looks at QEMU more closely, and the next
   * migration need not be announced.
   */
  void over() {
    try {
      phases.enter(AttachFile.Phase.ATTACHED);
    } catch (IOException e) {
      // See above; a point that is complete must not be lost by this.
    }
  }
}
