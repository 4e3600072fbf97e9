package dev.cairn.tools.capture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.Qmp.Event;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The QEMU that is captured: what is asked of it by QMP, and how its guest is brought to run again.
 * Thread-safe.
 */
final class RunningQemu {
  static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration STEP = Duration.ofMillis(50);

  /** Of a migration: nothing of it is under way. */
  private static final Set<String> FINAL = Set.of("none", "completed", "failed", "cancelled");

  /** The run state of a guest that a {@code stop} has stopped: never a migration. */
  static final String STOPPED = "paused";

  /** The same, after a reset meanwhile. */
  private static final String RESET = "prelaunch";

  private final Qmp qmp;

  /** Its owner closes the connection. */
  RunningQemu(Qmp qmp) {
    this.qmp = qmp;
  }

  Qmp qmp() {
    return qmp;
  }

  JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
    return qmp.execute(command, arguments, PATIENCE);
  }

  /** Returns the run state: running, paused, finish-migrate, colo, postmigrate … */
  String runState() throws IOException {
    return execute("query-status", Map.of()).path("status").asText();
  }

  /** Returns the status of the newest migration; {@code none} if there was none. */
  String migration() throws IOException {
    return execute("query-migrate", Map.of()).path("status").asText("none");
  }

  /** Tells whether no migration is under way. */
  boolean isIdle() throws IOException {
    return FINAL.contains(migration());
  }

  /** Returns the number of the newest event so far. */
  long mark() {
    return qmp.lastEvent();
  }

  /** Returns the first event of that name since a mark, as far as QEMU has said so by now. */
  Optional<Event> since(long mark, String name) throws IOException {
    return qmp.awaitEvent(mark, event -> event.name().equals(name), Duration.ZERO);
  }

  /**
   * Waits until the guest runs again: until RESUME comes, or QEMU says that it runs.
   *
   * @param mark of before its pause
   * @return when it did, in {@link System#nanoTime}
   * @throws SocketTimeoutException if it does not
   */
  long awaitRunning(long mark, Duration most) throws IOException {
    long end = System.nanoTime() + most.toNanos();
    while (true) {
      Optional<Event> resume =
          qmp.awaitEvent(mark, event -> event.name().equals("RESUME"), STEP.multipliedBy(4));
      if (resume.isPresent()) {
        return resume.get().nanos();
      }
      String state = runState();
      if (state.equals("running")) {
        return System.nanoTime();
      }
      if (state.equals(STOPPED)) {
        throw new LostCheckpointException("somebody stopped the guest while it was captured");
      }
      if (System.nanoTime() > end) {
        throw new SocketTimeoutException("the guest does not go on: QEMU is " + state);
      }
    }
  }

  /** Waits until no migration is under way. */
  void awaitIdle(Duration most) throws IOException {
    long end = System.nanoTime() + most.toNanos();
    while (!isIdle()) {
      if (System.nanoTime() > end) {
        throw new SocketTimeoutException("the migration does not end: QEMU says " + migration());
      }
      pause();
    }
  }

  /**
   * Brings the guest to run and the migration to an end, whatever state they are in; the socket was
   * shut down before. Each step may be done twice. A guest that somebody else has stopped is left
   * so.
   *
   * @param stopped whether a {@code stop} of ours may be in force
   * @param watch is told each time that QEMU has answered: nobody is stuck
   * @throws IOException if the guest does not run at the end
   */
  void release(boolean stopped, Duration most, PauseWatch watch) throws IOException {
    long begin = System.nanoTime();
    long end = begin + most.toNanos();
    int seen = 0;
    while (seen < 2) {
      String migration = migration();
      String run = runState();
      beat(watch);
      boolean runs = run.equals("running") || (run.equals(STOPPED) && !stopped);
      seen = runs && FINAL.contains(migration) ? seen + 1 : 0;
      if (System.nanoTime() > end) {
        throw new SocketTimeoutException(
            "the guest does not go on: QEMU is " + run + ", its migration " + migration);
      }
      try {
        step(migration, run, stopped, System.nanoTime() - begin);
      } catch (QmpException e) {
        // It was another state by then: look again.
      }
      if (seen < 2) {
        pause();
      }
    }
  }

  private static void beat(PauseWatch watch) {
    try {
      watch.beat();
    } catch (IOException e) {
      // The far side has died: then it does not end us, and the guest is what counts here.
    }
  }

  private void step(String migration, String run, boolean stopped, long sinceNanos)
      throws IOException {
    if (migration.equals("colo") || run.equals("colo")) {
      execute("x-colo-lost-heartbeat", Map.of());
    } else if (!FINAL.contains(migration)) {
      boolean hangs = sinceNanos > 1_000_000_000 && !migration.equals("cancelling");
      if (hangs && !migration.equals("failing") && !migration.equals("device")) {
        execute("migrate_cancel", Map.of());
      }
    } else if (run.equals("postmigrate")
        || (stopped && (run.equals(STOPPED) || run.equals(RESET)))) {
      execute("cont", Map.of());
    } else if (Set.of("shutdown", "internal-error", "io-error", "guest-panicked").contains(run)) {
      throw new IOException("the guest cannot go on: QEMU is " + run);
    }
  }

  private static void pause() throws InterruptedIOException {
    try {
      Thread.sleep(STEP);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the guest was looked after");
    }
  }
}
