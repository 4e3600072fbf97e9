package dev.cairn.tools.capture;

import java.io.Closeable;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * Sees to it that the guest goes on if this process does not: the near side of the guardian, a
 * process of its own (tools/QEMU.md, The guardian). One for each QEMU that is captured; it is
 * started, and has read the {@link AttachFile}, before anything of QEMU is changed.
 *
 * <p>The clock of the far side runs from {@link #begin} or {@link #beat} on, for {@code
 * --max-pause}; a beat winds it, {@link #ended} stops it. If it runs out, or this process dies, the
 * far side shuts the migration socket down, ends this process if that is stuck, and does by QMP
 * what the attach file and the state of QEMU ask for.
 *
 * <p>Used by the thread that drains the migration socket, but for {@link #close}.
 */
public interface PauseWatch extends Closeable {
  /** Starts watches. */
  @FunctionalInterface
  interface Starter {
    /**
     * Starts one and waits until it watches.
     *
     * @param file as it stands on disk; what is written into it later is read when it is needed
     */
    PauseWatch start(AttachFile file) throws IOException;
  }

  /** Watches nothing: for tests that have no guest. */
  PauseWatch NONE =
      new PauseWatch() {
        @Override
        public void begin(OptionalInt descriptor) {}

        @Override
        public void beat() {}

        @Override
        public void ended() {}

        @Override
        public void close() {}
      };

  /**
   * From now on the guest may be paused by us; called before {@code migrate} and before {@code
   * stop}, as QEMU does not say when it pauses. Winds the clock. A far side that has died meanwhile
   * is started again first.
   *
   * @param descriptor our end of the migration socket, of which the far side gets a duplicate, in
   *     place of the one before; empty for a pause without a migration. It stays the caller's. As
   *     there is a duplicate, only {@code shutdown} ends the connection: closing does not
   */
  void begin(OptionalInt descriptor) throws IOException;

  /**
   * Bytes are being taken: winds the clock (the byte {@code B}). Called by the loop that drains the
   * socket, and never by a timer; writes at most each eighth of {@code --max-pause}, so it costs
   * nothing to call it often. After {@link #ended} it starts the clock again: a checkpoint over the
   * same connection is about to pause the guest.
   *
   * @throws IOException if the far side has died: the caller shuts the migration socket and
   *     detaches
   */
  void beat() throws IOException;

  /**
   * The guest runs: RESUME came by QMP, or {@code query-status} said so (the byte {@code R}). Never
   * called on having sent what should make it run.
   */
  void ended() throws IOException;

  /** All is put back and the guest runs: the far side may exit (the byte {@code Q}). */
  @Override
  void close() throws IOException;
}
