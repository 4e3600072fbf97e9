package dev.cairn.tests.fuzz;

import dev.cairn.tests.Child;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads an input that seems to take too much once more, in a JVM without a fuzzer's hooks.
 *
 * @param target its name
 */
record FuzzJudge(String target) implements FuzzGuard.Judge {
  /** The fuzzer takes an input for a find of its own after ten seconds. */
  private static final int SECONDS = 9;

  /** Else every second input would be one: the fuzzer would do little else than start processes. */
  @Override
  public int slack() {
    return 4;
  }

  @Override
  public boolean confirms(byte[] input) {
    try {
      Path directory = Files.createTempDirectory("cairn-fuzz-judge");
      Path file = Files.write(directory.resolve("input"), input);
      List<String> none = List.of();
      try (Child child = Child.java(directory, none, FuzzReplayMain.class, target + "=" + file)) {
        return child.await(0, SECONDS).contains(FuzzReplayMain.BROKEN);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while an input is judged", e);
    }
  }
}
