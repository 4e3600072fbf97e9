package dev.cairn.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That what watches over the decoders would see them break a promise. */
class FuzzGuardTest {
  /** What a reader does with an input. */
  private interface Reader {
    void read(byte[] input) throws IOException;
  }

  private record Target(Reader reader) implements FuzzTarget {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public int mostBytes() {
      return 100;
    }

    @Override
    public long allowance(byte[] input) {
      return Allowance.of(input.length);
    }

    @Override
    public void read(byte[] input) throws IOException {
      reader.read(input);
    }
  }

  private static String broken(Reader reader) {
    FuzzGuard guard = new FuzzGuard(new Target(reader));
    AssertionError e = assertThrows(AssertionError.class, () -> guard.run(new byte[100]));
    return String.valueOf(e.getMessage());
  }

  @Test
  void allocatingMoreThanTheInputIsWorthIsFound() {
    assertTrue(broken(input -> Arrays.fill(new byte[2 << 20], (byte) 1)).contains("allocate"));
  }

  @Test
  void anUndocumentedExceptionIsFound() {
    String says =
        broken(
            input -> {
              throw new IOException("what?");
            });
    assertTrue(says.contains("not a documented refusal"), says);
  }

  @Test
  void readingOutsideAFileIsFound() {
    MemorySegment into = MemorySegment.ofArray(new byte[8]);
    assertTrue(broken(input -> new HostileInput(100).read(93, into)).contains("of 100"));
  }

  @Test
  void aMendedFileIsRefusedForWhatIsBehindItsChecksums() throws IOException {
    FuzzTarget layer = FuzzTargets.of("layer");
    byte[] seed = Objects.requireNonNull(FuzzCorpus.inputs(layer).get("seed-plain"));
    for (int at = 2752; at < seed.length - 64; at++) {
      byte[] wrong = seed.clone();
      wrong[at] ^= 0x40;
      String says = new FuzzGuard(layer).run(wrong).says();
      assertFalse(says.contains("CRC"), at + ": " + says);
    }
  }

  /** The whole way: instrumentation, feedback, the find, its input kept. */
  @Test
  void theFuzzerFindsAPlantedBug(@TempDir Path directory) throws Exception {
    FuzzTarget planted = new PlantedTarget();
    FuzzRun.Result result = new FuzzRun(planted, directory, 60, 1).run();
    System.out.println("fuzz planted: found after " + result.executions() + " executions");
    assertTrue(result.found().contains("IndexOutOfBoundsException"), result.found());
    assertEquals(1, result.inputs().size());
    Path kept = result.inputs().getFirst();
    byte[] input = Files.readAllBytes(kept);
    Files.delete(kept);
    assertThrows(IndexOutOfBoundsException.class, () -> new FuzzGuard(planted).run(input));
  }
}
