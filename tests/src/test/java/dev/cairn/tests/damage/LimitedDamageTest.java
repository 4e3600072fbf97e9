package dev.cairn.tests.damage;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Settings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No damage makes Cairn ask for much memory, neither of the heap nor beside it. */
class LimitedDamageTest {
  private static final long DEADLINE_SECONDS = 600;

  /** Of so many damages one is looked at; in a soak of fewer. */
  private static final int STEP = 64;

  /** The small store, of which the tests have many pictures, takes most of it. */
  private static final List<String> LIMITS =
      List.of(
          "-Xmx48m",
          "-XX:NativeMemoryTracking=summary",
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:MallocLimit=other:4m:oom");

  @Test
  void noDamageAsksForMuchMemory(@TempDir Path directory) throws Exception {
    String seed = Long.toString(Settings.seed());
    String step = Integer.toString(Math.max(1, STEP / Settings.soak()));
    try (Child child = Child.java(directory, LIMITS, LimitedDamageMain.class, seed, step)) {
      String said = child.await(0, DEADLINE_SECONDS * Settings.soak());
      System.out.println("damages with 48 MiB of heap and 4 MiB beside it: " + said.strip());
      int damages = Integer.parseInt(said.replaceAll("[^0-9]", ""));
      assertTrue(damages > 1000, said);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "native"})
  void whoAsksForMuchFails(String kind, @TempDir Path directory) throws Exception {
    try (Child child = Child.java(directory, LIMITS, LimitedDamageMain.class, kind)) {
      String said = child.await(1);
      assertTrue(said.contains("OutOfMemoryError"), said);
    }
  }
}
