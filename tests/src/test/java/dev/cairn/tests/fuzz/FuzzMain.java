package dev.cairn.tests.fuzz;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the fuzzer calls, by reflection and by these names. Its state is static: it asks so. */
public final class FuzzMain {
  private static @Nullable FuzzGuard guard;

  private FuzzMain() {}

  /**
   * Takes the target's name, and loads the classes that reading its seeds needs: what they take is
   * not the input's doing.
   */
  public static void fuzzerInitialize(String[] arguments) throws IOException {
    FuzzTarget target = FuzzTargets.of(arguments[0]);
    guard = new FuzzGuard(target, new FuzzJudge(target.name()));
    FuzzCorpus.warmUp(target);
  }

  /** Reads one input. */
  public static void fuzzerTestOneInput(byte[] input) {
    Objects.requireNonNull(guard).run(input);
  }
}
