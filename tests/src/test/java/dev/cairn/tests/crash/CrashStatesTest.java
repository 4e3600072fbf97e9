package dev.cairn.tests.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Settings;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The power goes at every moment of every scenario, and takes any of what was not synced. */
class CrashStatesTest {
  private static final int LEAST_STATES = 100_000;
  private static final int SAMPLES = 150;

  @Test
  void nothingThatWasAcknowledgedIsLostInAnyState() throws IOException {
    long seed = Settings.seed();
    int states = 0;
    for (Scenario scenario : Scenarios.all()) {
      int count = states(scenario, seed);
      states += count;
      System.out.println("crash states: " + count + " of " + scenario);
    }
    int histories = 0;
    for (; states < LEAST_STATES * Settings.soak(); histories++) {
      states += states(Scenarios.random(seed + histories), seed);
    }
    System.out.printf(
        "crash states: %d distinct, of %d scenarios and %d random histories%n",
        states, Scenarios.all().size(), histories);
  }

  /** A scenario that came to do nothing would lose nothing either. */
  @Test
  void everyScenarioPublishesSomething() throws IOException {
    for (Scenario scenario : Scenarios.all()) {
      List<String> published = published(scenario.record());
      assertTrue(published.contains("MANIFEST"), scenario + ": " + published);
    }
    List<String> two = published(Scenarios.named("two layers replaced in one commit").record());
    assertEquals(1, Collections.frequency(two, "MANIFEST"), two::toString);
    assertEquals(2, two.stream().filter(name -> name.endsWith(".layer")).count(), two::toString);
  }

  /** Returns the names that files were given while the power might go. */
  private static List<String> published(Scenario.Recording recording) {
    List<DiskEvent> events = recording.events();
    return events.subList(events.indexOf(new DiskEvent.Acknowledged(0)), events.size()).stream()
        .filter(DiskEvent.Rename.class::isInstance)
        .map(event -> ((DiskEvent.Rename) event).to())
        .toList();
  }

  private static int states(Scenario scenario, long seed) throws IOException {
    CrashStates crash = new CrashStates(scenario.record(), seed);
    assertEquals(Optional.empty(), crash.run(SAMPLES));
    return crash.count();
  }
}
