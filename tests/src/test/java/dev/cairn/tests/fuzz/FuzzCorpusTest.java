package dev.cairn.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every input of the corpus, each time, without the fuzzer. */
class FuzzCorpusTest {
  /** A hang, not slowness. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int MOST_CORPUS_BYTES = 300 << 10;

  @TestFactory
  List<DynamicContainer> everyInputKeepsThePromises() throws IOException {
    List<DynamicContainer> targets = new ArrayList<>();
    for (FuzzTarget target : FuzzTargets.all()) {
      FuzzCorpus.warmUp(target);
      List<DynamicTest> tests = new ArrayList<>();
      for (Map.Entry<String, byte[]> input : FuzzCorpus.inputs(target).entrySet()) {
        tests.add(
            DynamicTest.dynamicTest(
                input.getKey(), () -> check(target, input.getKey(), input.getValue())));
      }
      targets.add(DynamicContainer.dynamicContainer(target.name(), tests));
    }
    return targets;
  }

  private static void check(FuzzTarget target, String name, byte[] input) {
    FuzzGuard.Outcome outcome =
        assertTimeoutPreemptively(PATIENCE, () -> new FuzzGuard(target).run(input));
    if (FuzzCorpus.isSeed(name)) {
      assertEquals("", outcome.says(), "a seed is accepted");
    }
  }

  @Test
  void theCorpusIsSmallAndEveryTargetHasASeed() throws IOException {
    long bytes = 0;
    int count = 0;
    for (FuzzTarget target : FuzzTargets.all()) {
      Map<String, byte[]> inputs = FuzzCorpus.inputs(target);
      assertTrue(inputs.keySet().stream().anyMatch(FuzzCorpus::isSeed), target.name());
      for (byte[] input : inputs.values()) {
        assertTrue(input.length <= target.mostBytes(), target.name());
        bytes += input.length;
        count++;
      }
    }
    System.out.println("fuzz corpus: " + count + " inputs, " + bytes + " bytes");
    assertTrue(bytes <= MOST_CORPUS_BYTES, bytes + " bytes");
  }
}
