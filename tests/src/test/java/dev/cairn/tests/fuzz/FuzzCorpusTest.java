package dev.cairn.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every input of the corpus, each time, without the fuzzer: in a JVM that has no memory for what
 * they claim.
 */
class FuzzCorpusTest {
  /** A MiB of a body, as the check reads them, and a window for pages. */
  private static final int NATIVE_KIB = 2 << 10;

  private static final int MOST_CORPUS_BYTES = 300 << 10;

  private static List<String> replay(Path directory, String... targets)
      throws IOException, InterruptedException {
    List<String> options = FuzzJvm.options(NATIVE_KIB);
    try (Child child = Child.java(directory, options, FuzzReplayMain.class, targets)) {
      List<String> said = child.await(0).lines().toList();
      assertEquals("replayed", said.getLast());
      return said;
    }
  }

  @Test
  void everyInputKeepsThePromises(@TempDir Path directory) throws Exception {
    String[] names = FuzzTargets.all().stream().map(FuzzTarget::name).toArray(String[]::new);
    List<String> said = replay(directory, names);
    assertEquals(List.of(), said.stream().filter(s -> s.contains(FuzzReplayMain.BROKEN)).toList());
    for (FuzzTarget target : FuzzTargets.all()) {
      for (String name : FuzzCorpus.inputs(target).keySet()) {
        String prefix = target.name() + "/" + name + ": ";
        String line =
            said.stream().filter(s -> s.startsWith(prefix)).findFirst().orElse(prefix + "nothing");
        String expected = FuzzCorpus.isSeed(name) ? FuzzReplayMain.ACCEPTED : "";
        assertTrue(line.startsWith(prefix + expected), line);
        assertTrue(line.endsWith(" bytes)"), line);
      }
    }
  }

  /** The JVM of the replay has no room for memory outside the heap that an input asks for. */
  @Test
  void memoryOutsideTheHeapIsSeen(@TempDir Path directory) throws Exception {
    List<String> said = replay(directory, PlantedNativeTarget.NAME);
    String small = PlantedNativeTarget.NAME + "/seed-64-kib: " + FuzzReplayMain.ACCEPTED;
    assertTrue(said.stream().anyMatch(s -> s.startsWith(small)), said::toString);
    String large = PlantedNativeTarget.NAME + "/hostile-64-mib: " + FuzzReplayMain.BROKEN;
    assertTrue(
        said.stream().anyMatch(s -> s.startsWith(large) && s.contains("OutOfMemoryError")),
        said::toString);
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
