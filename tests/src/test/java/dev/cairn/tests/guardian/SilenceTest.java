package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import dev.cairn.tests.qemu.Guest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A QEMU that sends nothing any more while its guest runs is not waited for without end. */
class SilenceTest {
  private static final String POINT = "\"message_type\":\"point\"";
  private static final String DROPPED = "\"message_type\":\"dropped\"";
  private static final String WARNING = "\"message_type\":\"warning\"";

  private final Path directory;
  private final Cli cairn;

  SilenceTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
  }

  /** In the midst of the first rounds, or where a checkpoint was asked for. */
  @ParameterizedTest
  @CsvSource({"qemu10,S1", "qemu11,C1", "qemu11,C5"})
  void aSilentQemuCostsACheckpointAndNotTheCapture(String version, State state)
      throws IOException, InterruptedException {
    AtState seam = new AtState(state);
    try (Guest guest = Guest.of(version).start();
        MiddleMan man = MiddleMan.listen(directory.resolve("q"), guest.socket(), seam)) {
      guest.awaitCount(2);
      List<JsonNode> before = settings(guest);
      String mode = state.mode().name().toLowerCase(Locale.ROOT);
      try (RealCapture capture =
          RealCapture.start(directory, man.path(), "--mode", mode, "--every", "100ms")) {
        seam.await();
        assertTrue(capture.says(WARNING), capture::said);
        guest.awaitNextCount();
        assertTrue(capture.says(DROPPED), capture::said);
        String told = capture.lines("warning").getFirst().path("text").asText();
        String why = capture.lines("dropped").getFirst().path("why").asText();
        System.out.printf("%s %s: %s; %s%n", version, state, told, why);
        assertTrue(told.contains("has sent nothing"), told);
        assertTrue(why.contains("has sent nothing"), why);
        int points = capture.times(POINT);
        seam.release();
        assertTrue(capture.saysMore(POINT, points + 2), capture::said);
        capture.child().terminate();
        capture.child().await(143);
        capture.awaitNoGuardian();
      }
      assertEquals(before, settings(guest));
      guest.awaitNextCount();
      guest.assertUnbroken();
      cairn.run(0, "verify");
    }
  }

  private static List<JsonNode> settings(Guest guest) throws IOException, InterruptedException {
    return List.of(
        guest.execute("query-migrate-capabilities", Map.of()),
        guest.execute("query-migrate-parameters", Map.of()));
  }
}
