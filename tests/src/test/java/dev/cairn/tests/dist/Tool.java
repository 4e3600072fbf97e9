package dev.cairn.tests.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.io.Missing;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs of this machine to their end, with a deadline. Stateless. */
final class Tool {
  private static final long DEADLINE_SECONDS = 300;

  private Tool() {}

  /** Skips a test, by name, where a program is missing; in CI none is. */
  static void require(String... programs) {
    for (String program : programs) {
      boolean found =
          Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
              .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
      if (!found) {
        Missing.part(program);
      }
    }
  }

  /** Runs a command that is to succeed; returns all that it said. */
  static String run(Path directory, String... command) throws IOException, InterruptedException {
    return run(directory, Map.of(), List.of(command));
  }

  /** The same with nothing but these in its environment, unless there are none. */
  static String run(Path directory, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "tool", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(new File("/dev/null"));
    if (!environment.isEmpty()) {
      builder.environment().clear();
      builder.environment().putAll(environment);
    }
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), command + " ends in time");
      String said = Files.readString(output);
      assertEquals(0, process.exitValue(), () -> command + ": " + said);
      return said;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
    }
  }
}
