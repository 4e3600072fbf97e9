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
  /** Of the seed whose bits are flipped: chunks and their table lie between these. */
  private static final int METADATA_AT = 2752;

  private static final int FOOTER = 64;
  private static final int LEAST_REFUSED = 300;

  /** A fuzzer that needs so long for a planted bug does not work. */
  private static final int SECONDS = 600;

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
    public Allowance.Extra read(byte[] input) throws IOException {
      reader.read(input);
      return Allowance.Extra.NONE;
    }
  }

  private static String broken(Reader reader) {
    FuzzGuard guard = new FuzzGuard(new Target(reader));
    AssertionError e = assertThrows(AssertionError.class, () -> guard.run(new byte[100]));
    return String.valueOf(e.getMessage());
  }

  private static byte[] seedOfLayer() throws IOException {
    return Objects.requireNonNull(FuzzCorpus.inputs(FuzzTargets.of("layer")).get("seed-plain"));
  }

  @Test
  void allocatingMoreThanTheInputIsWorthIsFound() {
    assertTrue(broken(input -> Arrays.fill(new byte[192 << 10], (byte) 1)).contains("allocate"));
  }

  @Test
  void aSuspicionThatAnotherProcessDoesNotConfirmIsNoFind() throws IOException {
    Target target = new Target(input -> Arrays.fill(new byte[2 << 20], (byte) 1));
    byte[] seed = seedOfLayer();
    FuzzGuard.Outcome outcome = new FuzzGuard(target, new FuzzJudge("layer")).run(seed);
    assertTrue(outcome.allocated() > outcome.allowed(), outcome::toString);
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
    byte[] seed = seedOfLayer();
    int refused = 0;
    for (int at = METADATA_AT; at < seed.length - FOOTER; at++) {
      byte[] wrong = seed.clone();
      wrong[at] ^= 0x40;
      FuzzGuard.Outcome outcome = new FuzzGuard(layer).run(wrong);
      assertFalse(outcome.says().contains("CRC"), at + ": " + outcome.says());
      refused += outcome.accepted() ? 0 : 1;
    }
    System.out.println(
        "fuzz: of %d flipped bits of mended metadata %d are refused"
            .formatted(seed.length - FOOTER - METADATA_AT, refused));
    assertTrue(refused > LEAST_REFUSED, "refused " + refused);
  }

  /** The whole way: instrumentation, feedback, the find, its input kept. */
  @Test
  void theFuzzerFindsAPlantedBug(@TempDir Path directory) throws Exception {
    FuzzTarget planted = new PlantedTarget();
    FuzzRun.Result result = new FuzzRun(planted, directory, SECONDS, 1, "").run();
    System.out.println("fuzz planted: found after " + result.executions() + " executions");
    assertTrue(result.found().contains("IndexOutOfBoundsException"), result.found());
    assertEquals(1, result.inputs().size());
    Path kept = result.inputs().getFirst();
    byte[] input = Files.readAllBytes(kept);
    Files.delete(kept);
    assertThrows(IndexOutOfBoundsException.class, () -> new FuzzGuard(planted).run(input));
  }
}
