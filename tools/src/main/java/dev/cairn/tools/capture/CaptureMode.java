package dev.cairn.tools.capture;

import java.io.Closeable;
import java.io.IOException;

/**
 * One way to take checkpoints from a running QEMU: what a checkpoint of that mode is. Used by one
 * thread, but for {@link #interrupt}.
 *
 * <p>Whatever fails, the guest runs on: each method that throws has seen to that as far as it goes,
 * and {@link #detach} does the rest.
 */
interface CaptureMode extends Closeable {
  /** Returns its name as {@code --mode} has it. */
  String word();

  /**
   * Takes the next checkpoint into memory. The guest runs again when this returns. After {@link
   * #detach}, and the first time, it is a whole one.
   *
   * @param work done while the guest is paused
   * @throws LostCheckpointException if there is none, and the next attempt may have one
   * @throws ModeFailedException if this mode cannot work with this QEMU
   */
  Taken take(PauseWork work) throws IOException;

  /**
   * Tells whether a checkpoint is compared with the chain's newest point while the guest stands
   * still: all that was taken has to be stored first.
   */
  default boolean liesOnTip() {
    return false;
  }

  /**
   * Ends what is open, so that the guest runs and nothing of a migration is under way. Idempotent.
   *
   * @throws IOException if it cannot be told that the guest runs
   */
  void detach() throws IOException;

  /** Makes a {@link #take} that waits for QEMU come back soon, from any thread. */
  void interrupt();

  @Override
  default void close() throws IOException {
    detach();
  }
}
