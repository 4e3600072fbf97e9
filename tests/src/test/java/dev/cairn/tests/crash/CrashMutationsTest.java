package dev.cairn.tests.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The checker is able to see losses: each promise of the disk that is taken away, and each order
 * that is turned round, must turn it red.
 */
class CrashMutationsTest {
  private static final long SEED = 5;
  private static final int SAMPLES = 20;

  private static final List<String> SCENARIOS =
      List.of("checkpoint", "merge of two layers into one", "pack", "move of the base", "fork");

  private static boolean isLost(Scenario.Recording recording, List<DiskEvent> events) {
    Scenario.Recording changed =
        new Scenario.Recording(recording.scenario(), List.copyOf(events), recording.models());
    return new CrashStates(changed, SEED).run(SAMPLES).isPresent();
  }

  private static int firstOf(List<DiskEvent> events) {
    return events.indexOf(new DiskEvent.Acknowledged(0)) + 1;
  }

  @Test
  void everySyncIsMissed() throws IOException {
    List<String> notMissed = new ArrayList<>();
    int syncs = 0;
    for (String name : SCENARIOS) {
      Scenario.Recording recording = Scenarios.named(name).record();
      List<DiskEvent> events = recording.events();
      for (int i = firstOf(events); i < events.size(); i++) {
        if (events.get(i) instanceof DiskEvent.SyncFile
            || events.get(i) instanceof DiskEvent.SyncDirectory) {
          syncs++;
          List<DiskEvent> without = new ArrayList<>(events);
          without.remove(i);
          if (!isLost(recording, without)) {
            notMissed.add(name + ": event " + (i - firstOf(events)) + ", " + kind(events.get(i)));
          }
        }
      }
    }
    System.out.printf(
        "crash mutations: %d syncs taken out, %d of them missed%n",
        syncs, syncs - notMissed.size());
    assertEquals(List.of(), notMissed);
    assertTrue(syncs >= 4 * SCENARIOS.size(), "syncs: " + syncs);
  }

  private static String kind(DiskEvent event) {
    return event.getClass().getSimpleName();
  }

  @Test
  void noFileMayBePublishedBeforeItIsSynced() throws IOException {
    List<String> notFound = new ArrayList<>();
    int files = 0;
    for (String name : SCENARIOS) {
      Scenario.Recording recording = Scenarios.named(name).record();
      List<DiskEvent> events = recording.events();
      for (int i = firstOf(events); i < events.size(); i++) {
        if (events.get(i) instanceof DiskEvent.SyncFile sync) {
          List<DiskEvent> late = new ArrayList<>(events);
          late.remove(i);
          late.add(late.lastIndexOf(new DiskEvent.Acknowledged(1)), sync);
          files++;
          if (!isLost(recording, late)) {
            notFound.add(name + ", event " + i + ", " + sync);
          }
        }
      }
    }
    System.out.printf("crash mutations: %d files synced too late, each one is found%n", files);
    assertEquals(List.of(), notFound);
  }

  @ParameterizedTest
  @EnumSource
  void aRuleThatIsNotFollowedIsSeen(BrokenRule rule) throws ReflectiveOperationException {
    for (String scenario : rule.scenarios()) {
      MutatedClasses classes = rule.classes();
      Object loss =
          classes
              .loadClass(CrashRun.class.getName())
              .getMethod("loss", String.class)
              .invoke(null, scenario);
      assertTrue(classes.wasUsed(), "the changed class was in use");
      assertNotEquals("", loss, scenario);
      assertEquals("", CrashRun.loss(scenario), "and without the change");
      String first = loss.toString().lines().findFirst().orElse("");
      System.out.println("crash mutations: " + rule + " is seen: " + first);
    }
  }

  /** What is recorded as it is loses nothing: else the tests above would say nothing. */
  @Test
  void asItIsNothingIsLost() throws IOException {
    for (String name : SCENARIOS) {
      Scenario.Recording recording = Scenarios.named(name).record();
      assertFalse(isLost(recording, recording.events()), name);
    }
  }
}
