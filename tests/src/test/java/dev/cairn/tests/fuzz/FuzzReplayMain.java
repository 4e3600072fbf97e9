package dev.cairn.tests.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Reads the whole corpus of some targets, or one input, and says of each what came of it. */
public final class FuzzReplayMain {
  static final String ACCEPTED = "accepted";
  static final String REFUSED = "refused";
  static final String BROKEN = "A PROMISE BROKEN";

  private FuzzReplayMain() {}

  /** Takes the targets' names; {@code NAME=FILE} is one input of a target. */
  public static void main(String[] arguments) throws IOException {
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      FuzzTarget target = FuzzTargets.of(name);
      FuzzCorpus.warmUp(target);
      Map<String, byte[]> inputs =
          equals < 0
              ? FuzzCorpus.inputs(target)
              : Map.of("input", Files.readAllBytes(Path.of(argument.substring(equals + 1))));
      for (Map.Entry<String, byte[]> input : inputs.entrySet()) {
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
