package dev.cairn.tools.guardian;

import dev.cairn.tools.capture.AttachFile.Phase;
import java.time.Duration;
import java.util.Set;

/**
 * What to do next for a guest that a capture may have left paused: the table of tools/QEMU.md, The
 * guardian, as a pure function. Each step may be made again and again.
 *
 * <p>Nothing is done to a migration, or to a pause, that is not ours by the attach file: another
 * migration is never cancelled, and a machine that somebody migrated away, or stopped, never
 * started.
 */
final class RescuePlan {
  /** After that a migration whose socket was shut should have ended by itself. */
  static final Duration SOON = Duration.ofSeconds(1);

  /** What takes longer than that has not happened in any run. */
  static final Duration LONG = Duration.ofSeconds(10);

  /** What a guest is in that {@code stop} has stopped; the second after a reset. */
  private static final Set<String> STOPPED = Set.of("paused", "prelaunch");

  /** What can be done. */
  enum Act {
    /** Ends COLO, and starts a guest that it has paused. */
    LOST_HEARTBEAT("x-colo-lost-heartbeat"),
    CANCEL("migrate_cancel"),
    CONT("cont"),
    /** QEMU is about to do something by itself. */
    WAIT(""),
    /** The guest runs, or is as its user left it; settings can be put back. */
    SETTLED(""),
    /** As it is; but a migration of somebody else is under way, so settings cannot be put back. */
    OTHERS(""),
    /** The guest does not run, for a reason that is not Cairn's to undo; settings can be. */
    LOST(""),
    /** The same, while COLO is under way, whose end would start it. */
    LOST_IN_COLO("");

    private final String command;

    Act(String command) {
      this.command = command;
    }

    /** Returns QEMU's command for it, empty if there is none. */
    String command() {
      return command;
    }

    /** Tells whether the rescue ends with it, once it was seen twice. */
    boolean isLast() {
      return switch (this) {
        case SETTLED, OTHERS, LOST, LOST_IN_COLO -> true;
        case LOST_HEARTBEAT, CANCEL, CONT, WAIT -> false;
      };
    }
  }

  /**
   * A step.
   *
   * @param words why, for a person
   */
  record Step(Act act, String words) {}

  /**
   * What QEMU says.
   *
   * @param migration status of {@code query-migrate}, {@code none} if it has none
   * @param runState status of {@code query-status}
   */
  record Seen(String migration, String runState) {
    @Override
    public String toString() {
      return "guest " + runState + ", migration " + migration;
    }
  }

  private RescuePlan() {}

  /**
   * Returns the next step.
   *
   * @param phase of the attach file
   * @param colo whether its mode is colo: only there can a migration of ours end as completed
   * @param since how long ago the migration socket was shut
   */
  static Step next(Phase phase, boolean colo, Seen seen, Duration since) {
    boolean ours = phase == Phase.MIGRATING;
    return switch (seen.migration()) {
      case "colo" -> ours ? ofColo(seen) : others(seen);
      case "setup", "active", "wait-unplug", "pre-switchover", "device" -> {
        if (!ours) {
          yield phase == Phase.STOPPED && STOPPED.contains(seen.runState())
              ? new Step(Act.CONT, "Cairn has stopped the guest")
              : others(seen);
        }
        yield since.compareTo(SOON) < 0
            ? new Step(Act.WAIT, "a migration ends when its socket is shut")
            : new Step(Act.CANCEL, "the migration does not end by itself");
      }
      case "cancelling", "failing" -> new Step(Act.WAIT, "the migration is about to end");
      case "none", "completed", "failed", "cancelled" -> settled(phase, colo, seen, since);
      default ->
          seen.migration().startsWith("postcopy")
              ? others(seen)
              : new Step(Act.WAIT, "Cairn does not know this state: " + seen);
    };
  }

  private static Step others(Seen seen) {
    return new Step(
        Act.OTHERS,
        "a migration that is not Cairn's is under way ("
            + seen
            + "): left alone; when it has ended, what Cairn changed can be put back");
  }

  private static Step ofColo(Seen seen) {
    return hasEnded(seen.runState())
        ? new Step(
            Act.LOST_IN_COLO,
            "the guest has stopped by itself ("
                + seen.runState()
                + "), and to end COLO would start it; repair or reset it and let it run first")
        : new Step(Act.LOST_HEARTBEAT, "COLO is under way");
  }

  private static boolean hasEnded(String runState) {
    return switch (runState) {
      case "shutdown", "internal-error", "io-error", "guest-panicked" -> true;
      default -> false;
    };
  }

  private static Step settled(Phase phase, boolean colo, Seen seen, Duration since) {
    if (hasEnded(seen.runState())) {
      return new Step(
          Act.LOST,
          "the guest does not run: " + seen.runState() + "; it stopped by itself and is left so");
    }
    return switch (seen.runState()) {
      case "running", "suspended" -> new Step(Act.SETTLED, "the guest is " + seen.runState());
      case "postmigrate" ->
          phase == Phase.MIGRATING && colo
              ? new Step(Act.CONT, "a migration of Cairn's has completed, where COLO was to begin")
              : new Step(Act.SETTLED, "somebody else has migrated this machine away: left so");
      case "paused" ->
          phase == Phase.STOPPED
              ? new Step(Act.CONT, "Cairn has stopped the guest")
              : new Step(Act.SETTLED, "the guest is paused, and not by Cairn: left so");
      case "prelaunch" ->
          phase == Phase.STOPPED
              ? new Step(Act.CONT, "Cairn has stopped the guest, and it was reset since")
              : new Step(Act.SETTLED, "the guest has not been started: left so");
      case "finish-migrate" ->
          since.compareTo(LONG) < 0
              ? new Step(Act.WAIT, "QEMU is about to start the guest")
              : new Step(
                  Act.LOST,
                  "the guest does not run: its disks do not come back after a migration that "
                      + seen.migration()
                      + "; see QEMU's log");
      case "colo" ->
          since.compareTo(SOON) < 0
              ? new Step(Act.WAIT, "QEMU is about to start the guest")
              : new Step(Act.CONT, "COLO has ended, and the guest is paused");
      case "save-vm", "restore-vm" -> new Step(Act.WAIT, "QEMU saves or loads the devices");
      case "watchdog", "debug", "inmigrate" ->
          new Step(Act.SETTLED, "the guest is in " + seen.runState() + ", not by Cairn: left so");
      default -> new Step(Act.WAIT, "Cairn does not know this state: " + seen);
    };
  }
}
