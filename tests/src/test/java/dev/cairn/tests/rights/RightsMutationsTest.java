package dev.cairn.tests.rights;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.crash.MutatedClasses;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tests of links and names see each guard missing. */
class RightsMutationsTest {
  @ParameterizedTest
  @EnumSource
  void aMissingGuardIsSeen(RightsMutation mutation, @TempDir Path directory)
      throws ReflectiveOperationException {
    MutatedClasses classes = mutation.classes();
    Object failure =
        classes
            .loadClass(RightsRun.class.getName())
            .getMethod("failure", String.class, Path.class)
            .invoke(null, mutation.name(), directory);
    assertTrue(classes.wasUsed(), "the changed class was in use");
    assertNotEquals("", failure, mutation + " is not seen");
    String first = failure.toString().lines().findFirst().orElse("");
    System.out.println(
        "rights mutations: "
            + mutation
            + " is seen: "
            + first.substring(0, Math.min(first.length(), 160)));
  }
}
