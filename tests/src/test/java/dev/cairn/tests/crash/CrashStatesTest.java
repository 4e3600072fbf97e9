package dev.cairn.tests.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.tests.history.Settings;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The power goes at every moment of every scenario, and takes any of what was not synced. */
class CrashStatesTest {
  private static final int LEAST_STATES = 30_000;
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

  private static int states(Scenario scenario, long seed) throws IOException {
    CrashStates crash = new CrashStates(scenario.record(), seed);
    assertEquals(Optional.empty(), crash.run(SAMPLES));
    return crash.count();
  }
}
