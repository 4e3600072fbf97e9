package dev.cairn.tests.fuzz;

import java.io.IOException;
import java.util.Map;

/** Reads the whole corpus of some targets, and says of each input what came of it. */
public final class FuzzReplayMain {
  static final String ACCEPTED = "accepted";
  static final String REFUSED = "refused";
  static final String BROKEN = "A PROMISE BROKEN";

  private FuzzReplayMain() {}

  /** Takes the targets' names. */
  public static void main(String[] names) throws IOException {
    for (String name : names) {
      FuzzTarget target = FuzzTargets.of(name);
      FuzzCorpus.warmUp(target);
      for (Map.Entry<String, byte[]> input : FuzzCorpus.inputs(target).entrySet()) {
        System.out.println(name + "/" + input.getKey() + ": " + outcome(target, input.getValue()));
      }
    }
    System.out.println("replayed");
  }

  private static String outcome(FuzzTarget target, byte[] input) {
    try {
      FuzzGuard.Outcome outcome = new FuzzGuard(target).run(input);
      String what = outcome.accepted() ? ACCEPTED : REFUSED + ", " + outcome.says();
      return what + " (" + outcome.allocated() + " of " + outcome.allowed() + " bytes)";
    } catch (RuntimeException | Error e) {
      return BROKEN + ": " + e;
    }
  }
}
