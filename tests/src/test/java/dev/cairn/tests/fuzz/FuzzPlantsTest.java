package dev.cairn.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fuzzer would find a check that one of Cairn's decoders lacks. */
class FuzzPlantsTest {
  private static final long SEED = 1;

  /** A fuzzer that needs so long for it does not work. */
  private static final int SECONDS = 600;

  @ParameterizedTest
  @EnumSource
  void aCheckThatIsMissingIsFound(Plant plant, @TempDir Path directory) throws Exception {
    Path patch = Files.createDirectory(directory.resolve("patch"));
    plant.writeTo(patch);
    FuzzRun.Result result =
        new FuzzRun(plant.target(), directory, SECONDS, SEED, patch.toString()).run();
    System.out.println(
        "fuzz plants: " + plant + " is found after " + result.executions() + " executions");
    assertNotEquals("", result.found());
    assertEquals(1, result.inputs().size(), result.found());
    Files.delete(result.inputs().getFirst());
  }
}
