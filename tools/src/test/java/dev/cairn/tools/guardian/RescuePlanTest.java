package dev.cairn.tools.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tools.capture.AttachFile.Phase;
import dev.cairn.tools.guardian.RescuePlan.Act;
import dev.cairn.tools.guardian.RescuePlan.Seen;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every cell of the table: status of the migration, run state, phase, mode, time. */
class RescuePlanTest {
  static final List<String> MIGRATIONS =
      List.of(
          "none",
          "setup",
          "cancelling",
          "cancelled",
          "active",
          "postcopy-active",
          "postcopy-paused",
          "postcopy-recover",
          "completed",
          "failed",
          "failing",
          "colo",
          "pre-switchover",
          "device",
          "wait-unplug",
          "of-a-later-version");

  static final List<String> RUN_STATES =
      List.of(
          "running",
          "paused",
          "postmigrate",
          "finish-migrate",
          "colo",
          "save-vm",
          "restore-vm",
          "shutdown",
          "internal-error",
          "io-error",
          "guest-panicked",
          "watchdog",
          "debug",
          "prelaunch",
          "inmigrate",
          "suspended",
          "of-a-later-version");

  private static final List<String> FINAL = List.of("none", "completed", "failed", "cancelled");
  private static final List<String> OVER =
      List.of("shutdown", "internal-error", "io-error", "guest-panicked");
  private static final Duration AT_ONCE = Duration.ZERO;
  private static final Duration LATER = Duration.ofSeconds(2);
  private static final Duration MUCH_LATER = Duration.ofMinutes(1);

  private static Act act(
      Phase phase, boolean colo, String migration, String runState, Duration since) {
    return RescuePlan.next(phase, colo, new Seen(migration, runState), since).act();
  }

  /** A look at one cell. */
  private interface Look {
    void at(Phase phase, boolean colo, Seen seen, Duration since, Act act);
  }

  private static void each(Look look) {
    int cells = 0;
    for (Phase phase : Phase.values()) {
      for (boolean colo : new boolean[] {true, false}) {
        for (String migration : MIGRATIONS) {
          for (String runState : RUN_STATES) {
            for (Duration since : List.of(AT_ONCE, LATER, MUCH_LATER)) {
              Seen seen = new Seen(migration, runState);
              look.at(phase, colo, seen, since, act(phase, colo, migration, runState, since));
              cells++;
            }
          }
        }
      }
    }
    assertEquals(4 * 2 * 16 * 17 * 3, cells);
  }

  @Test
  void oursInColoIsEndedWhateverTheGuestDoes() {
    for (String runState : List.of("running", "colo", "finish-migrate", "paused")) {
      assertEquals(
          Act.LOST_HEARTBEAT, act(Phase.MIGRATING, true, "colo", runState, AT_ONCE), runState);
    }
  }

  @Test
  void oursThatGoesOnIsCancelledButNotAtOnce() {
    for (String migration : List.of("setup", "active", "device", "pre-switchover")) {
      assertEquals(Act.WAIT, act(Phase.MIGRATING, false, migration, "running", AT_ONCE));
      assertEquals(Act.CANCEL, act(Phase.MIGRATING, false, migration, "finish-migrate", LATER));
    }
  }

  @Test
  void aPauseByStopIsEnded() {
    assertEquals(Act.CONT, act(Phase.STOPPED, false, "none", "paused", AT_ONCE));
    assertEquals(Act.CONT, act(Phase.STOPPED, false, "failed", "paused", AT_ONCE));
    assertEquals(Act.CONT, act(Phase.STOPPED, false, "active", "paused", AT_ONCE));
    // A reset meanwhile takes it there.
    assertEquals(Act.CONT, act(Phase.STOPPED, false, "failed", "prelaunch", AT_ONCE));
    assertEquals(Act.CONT, act(Phase.STOPPED, false, "active", "prelaunch", AT_ONCE));
    assertEquals(Act.SETTLED, act(Phase.MIGRATING, false, "none", "prelaunch", AT_ONCE));
  }

  @Test
  void aMigrationThatCompletedInPlaceOfColoIsContinued() {
    assertEquals(Act.CONT, act(Phase.MIGRATING, true, "completed", "postmigrate", AT_ONCE));
  }

  @Test
  void disksThatDoNotComeBackAreToldInTheEnd() {
    assertEquals(Act.WAIT, act(Phase.MIGRATING, false, "failed", "finish-migrate", LATER));
    assertEquals(Act.LOST, act(Phase.MIGRATING, false, "failed", "finish-migrate", MUCH_LATER));
  }

  @Test
  void aMachineThatWasMigratedAwayIsNeverStarted() {
    each(
        (phase, colo, seen, since, act) -> {
          if (seen.runState().equals("postmigrate") && !(phase == Phase.MIGRATING && colo)) {
            assertFalse(act == Act.CONT, () -> phase + " " + seen);
          }
        });
  }

  @Test
  void aGuestThatStoppedByItselfIsNeverStarted() {
    each(
        (phase, colo, seen, since, act) -> {
          if (OVER.contains(seen.runState())) {
            assertFalse(act == Act.CONT || act == Act.LOST_HEARTBEAT, () -> phase + " " + seen);
          }
        });
  }

  @Test
  void aGuestThatSomebodyStoppedStaysSo() {
    each(
        (phase, colo, seen, since, act) -> {
          if (seen.runState().equals("paused") && FINAL.contains(seen.migration())) {
            assertEquals(phase == Phase.STOPPED ? Act.CONT : Act.SETTLED, act);
          }
        });
  }

  @Test
  void nothingIsDoneToSomebodyElsesMigration() {
    each(
        (phase, colo, seen, since, act) -> {
          boolean ours = phase == Phase.MIGRATING && !seen.migration().startsWith("postcopy");
          if (!ours) {
            assertFalse(act == Act.CANCEL || act == Act.LOST_HEARTBEAT, () -> phase + " " + seen);
          }
        });
  }

  @Test
  void settingsAreTouchedOnlyBehindAFinalStatus() {
    each(
        (phase, colo, seen, since, act) -> {
          if (act == Act.SETTLED || act == Act.LOST) {
            assertTrue(FINAL.contains(seen.migration()), seen::toString);
          }
        });
  }

  @Test
  void aGuestThatRunsIsLeftRunning() {
    each(
        (phase, colo, seen, since, act) -> {
          if (seen.runState().equals("running") && FINAL.contains(seen.migration())) {
            assertEquals(Act.SETTLED, act);
          }
        });
  }
}
