package dev.cairn.tests.crash;

import java.io.IOException;
import java.util.Optional;

/** One scenario, to be run among classes of which one was changed. */
public final class CrashRun {
  private static final long SEED = 5;
  private static final int SAMPLES = 10;

  private CrashRun() {}

  /** Returns what is lost, if anything: at once, or by a power cut. */
  public static String loss(String scenario) {
    try {
      Optional<String> loss =
          new CrashStates(Scenarios.named(scenario).record(), SEED).run(SAMPLES);
      return loss.orElse("");
    } catch (AssertionError | IOException | RuntimeException e) {
      return "without a power cut: " + e;
    }
  }
}
