package dev.cairn.tests.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cairn.tests.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs mains in a guest that has RDMA in software (tests/lab/rdma.sh). In CI it has to be there;
 * elsewhere a test is skipped, and says what is missing.
 */
final class RdmaLabTest {
  private static final int SKIPPED = 2;
  private static final int GUEST_SECONDS = 1_200;
  private static final int MORE_SECONDS = 60;

  @TempDir Path directory = Path.of("unset");

  @Test
  void linksHoldTheirContractAndPeersThatLieOrAreKilledLeaveNothing() throws Exception {
    String rounds = String.valueOf(20 * Settings.soak());
    String kills = String.valueOf(10 * Settings.soak()); // each starts a JVM
    pass(
        "dev.cairn.transport.link.ContractMain",
        "--",
        "dev.cairn.transport.rdma.FailuresMain",
        rounds,
        "--",
        "dev.cairn.transport.rdma.KillsMain",
        kills);
  }

  @Test
  void aChainIsPulledAndSentAndAPullOutlivesItsServerAndWhatIsMissingIsSaid() throws Exception {
    pass(
        "dev.cairn.tests.rdma.RdmaChainMain",
        String.valueOf(16 * Settings.soak()),
        "--",
        "dev.cairn.tests.rdma.RefusalsMain");
  }

  @Test
  void aPullOutlivesTheNodeThatItIsFrom() throws Exception {
    pass("-m", "1024", "--pair", "dev.cairn.tests.rdma.NodeLossMain");
  }

  @Test
  void theBenchMovesBytesOverRdmaAndRsockets() throws Exception {
    pass("dev.cairn.tests.rdma.RdmaBenchMain");
  }

  private void pass(String... words) throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(root().resolve("tests/lab/rdma.sh").toString());
    command.add(System.getProperty("cairn.lab", ""));
    command.add(System.getProperty("java.home", ""));
    command.addAll(List.of("-s", String.valueOf(GUEST_SECONDS)));
    command.addAll(List.of(words));
    Process lab =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    try {
      boolean ended = lab.waitFor(GUEST_SECONDS + MORE_SECONDS, TimeUnit.SECONDS);
      String said = Files.readString(log);
      System.out.println(said);
      assertEquals(true, ended, () -> "the lab ends in time: " + said);
      boolean inCi = "true".equals(System.getenv("CI"));
      if (inCi) {
        assertNotEquals(SKIPPED, lab.exitValue(), () -> "in CI the lab is there: " + said);
      }
      assumeTrue(lab.exitValue() != SKIPPED, said);
      assertEquals(0, lab.exitValue(), said);
    } finally {
      lab.destroy(); // it ends its QEMU
      lab.waitFor();
    }
  }

  private static Path root() {
    return Stream.of("", "..")
        .map(place -> Path.of(place).toAbsolutePath().normalize())
        .filter(place -> Files.exists(place.resolve("tests/lab/rdma.sh")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no tests/lab/rdma.sh"));
  }
}
