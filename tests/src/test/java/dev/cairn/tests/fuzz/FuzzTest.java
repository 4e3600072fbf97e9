package dev.cairn.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every decoder under a coverage-guided fuzzer, two at a time: 45 seconds each in CI, ten
 * elsewhere, as often as {@code -Dcairn.soak} says. A find is written to {@code
 * target/fuzz/TARGET}; in the corpus it is a regression test ({@link FuzzCorpusTest}).
 */
class FuzzTest {
  private static final int AT_ONCE = 2;

  /** Fewer executions than these are a fuzzer that does not work. */
  private static final long LEAST_EXECUTIONS = 1000;

  private final Path directory;

  FuzzTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static boolean isCi() {
    return "true".equals(System.getenv("CI"));
  }

  @Test
  void noHostileBytesBreakADecoder() throws Exception {
    Assumptions.assumeTrue(
        isCi() || System.getProperty("os.name").equals("Linux"), "Jazzer's library for Linux");
    int seconds = (isCi() ? 45 : 10) * Settings.soak();
    long seed = Settings.seed();
    Map<String, Future<FuzzRun.Result>> runs = new LinkedHashMap<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
      for (FuzzTarget target : FuzzTargets.all()) {
        FuzzRun run = new FuzzRun(target, directory.resolve(target.name()), seconds, seed, "");
        runs.put(target.name(), executor.submit(run::run));
      }
    }
    List<String> found = new ArrayList<>();
    for (Map.Entry<String, Future<FuzzRun.Result>> run : runs.entrySet()) {
      FuzzRun.Result result = run.getValue().get();
      System.out.printf(
          "fuzz %s: %d executions in %d s, %d edges reached (%d by the corpus), %s%n",
          run.getKey(),
          result.executions(),
          seconds,
          result.edges(),
          result.seedEdges(),
          result.found().isEmpty() ? "no promise broken" : "A PROMISE BROKEN");
      if (!result.found().isEmpty()) {
        found.add(
            "%s: %s, to be kept in %s: %s"
                .formatted(
                    run.getKey(),
                    result.inputs(),
                    FuzzCorpus.directory(FuzzTargets.of(run.getKey())),
                    result.found()));
      } else {
        assertTrue(result.executions() > LEAST_EXECUTIONS, run.getKey() + " hardly ran");
        assertTrue(result.edges() > 0, run.getKey() + " is not instrumented");
      }
    }
    assertEquals("", String.join("\n\n", found));
  }
}
