package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import dev.cairn.tests.qemu.Guest;
import dev.cairn.tests.qemu.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real command and a QEMU that lies, in its migration and over QMP: it is told what is wrong,
 * stores nothing, takes no memory for it, and the guest of the honest QEMU behind runs on.
 */
class HostileQemuTest {
  private static final String DROPPED = "\"message_type\":\"dropped\"";

  /** What a capture of this guest may have in memory: its heap, all of the RAM, and a JVM. */
  private static final long MOST_MIB = 128 + 64 + 256;

  private final Path directory;
  private final Cli cairn;

  HostileQemuTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
  }

  @Test
  void aStreamThatLiesIsToldAndStoresNothing() throws IOException, InterruptedException {
    try (Guest guest = Guest.of(Lab.QEMU_11).start()) {
      guest.awaitCount(2);
      List<JsonNode> before = settings(guest);
      for (StreamHarm harm : StreamHarm.all()) {
        int count = guest.count();
        try (MiddleMan man =
                MiddleMan.listen(directory.resolve("q"), guest.socket(), new HarmedStream(harm));
            RealCapture capture = start(man)) {
          assertTrue(capture.says(DROPPED), capture::said);
          long peak = peakMiB(capture);
          capture.child().terminate();
          capture.child().await(143);
          String why = capture.lines("dropped").getFirst().path("why").asText();
          System.out.printf(Locale.ROOT, "%s: %s (%d MiB)%n", harm.name(), why, peak);
          assertTrue(why.contains(harm.told()), () -> harm.name() + ": " + why);
          assertTrue(peak < MOST_MIB, harm.name() + ": " + peak + " MiB");
          assertNothingCame(capture, guest, before, count);
        }
      }
    }
  }

  @Test
  void aMonitorThatLiesIsToldAndNothingIsChanged() throws IOException, InterruptedException {
    try (Guest guest = Guest.of(Lab.QEMU_11).start()) {
      guest.awaitCount(2);
      List<JsonNode> before = settings(guest);
      for (AnswerHarm harm : AnswerHarm.values()) {
        int count = guest.count();
        try (MiddleMan man =
                MiddleMan.listen(directory.resolve("q"), guest.socket(), new HarmedAnswers(harm));
            RealCapture capture = start(man)) {
          capture.handle().awaitEnd(Guest.PATIENCE);
          assertTrue(capture.child().hasEndedWithin(10_000_000), capture::said);
          System.out.printf("%s: %s%n", harm, capture.said().strip());
          assertNotEquals(0, capture.child().exitCode());
          assertTrue(capture.said().contains(harm.told()), capture::said);
          assertNothingCame(capture, guest, before, count);
        }
      }
    }
  }

  /** Nobody says how many there may be. */
  @Test
  void aFloodOfEventsIsSwumThrough() throws IOException, InterruptedException {
    MiddleMan.Meddler flood =
        new MiddleMan.Meddler() {
          @Override
          public String answer(String line) {
            return line.contains("\"STOP\"")
                ? "{\"event\": \"NOISE\", \"data\": {\"a\": [1, 2, 3]}}\r\n".repeat(200_000) + line
                : line;
          }
        };
    try (Guest guest = Guest.of(Lab.QEMU_11).start();
        MiddleMan man = MiddleMan.listen(directory.resolve("q"), guest.socket(), flood);
        RealCapture capture = start(man)) {
      assertTrue(capture.saysMore("\"message_type\":\"point\"", 1), capture::said);
      long peak = peakMiB(capture);
      System.out.println("200,000 events with each point: " + peak + " MiB");
      assertTrue(peak < MOST_MIB, peak + " MiB");
      capture.child().terminate();
      capture.child().await(143);
      cairn.run(0, "verify");
    }
  }

  private RealCapture start(MiddleMan man) throws IOException {
    return RealCapture.start(
        directory,
        man.path(),
        "--mode",
        "stream",
        "--every",
        "100ms",
        "--max-pause",
        "20s",
        "--buffer",
        "64M");
  }

  private void assertNothingCame(RealCapture capture, Guest guest, List<JsonNode> before, int count)
      throws IOException, InterruptedException {
    assertFalse(capture.said().contains("Exception"), capture::said);
    assertFalse(capture.said().contains("\tat "), capture::said);
    assertEquals(List.of(), capture.lines("point"));
    guest.awaitCount(count + 2);
    guest.assertUnbroken();
    capture.awaitNoGuardian();
    assertFalse(capture.hasAttachFile(), capture::said);
    assertEquals(before, settings(guest), capture::said);
    cairn.run(10, "list", RealCapture.CHAIN); // a chain without a point goes with its capture
  }

  private static long peakMiB(RealCapture capture) throws IOException {
    String status = Files.readString(Path.of("/proc/" + capture.child().pid() + "/status"));
    Matcher matcher = Pattern.compile("VmHWM:\\s+([0-9]+) kB").matcher(status);
    assertTrue(matcher.find(), status);
    return Long.parseLong(matcher.group(1)) >> 10;
  }

  private static List<JsonNode> settings(Guest guest) throws IOException, InterruptedException {
    return List.of(
        guest.execute("query-migrate-capabilities", Map.of()),
        guest.execute("query-migrate-parameters", Map.of()));
  }
}
