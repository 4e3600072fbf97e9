package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import dev.cairn.tests.qemu.Firmware;
import dev.cairn.tests.qemu.Guest;
import dev.cairn.tests.qemu.GuestSetup;
import dev.cairn.tools.linux.Pidfd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The real command is killed, and stopped, in every state that has a name: what stands between it
 * and QEMU keeps it there. One guest counts on through all of them.
 */
class CaptureStatesTest {
  private static final String MAX_PAUSE = "2s";
  private static final String[] NONE = {};

  private final Path directory;
  private final Cli cairn;

  CaptureStatesTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
  }

  @ParameterizedTest
  @CsvSource({
    "qemu10,STREAM",
    "qemu11,STREAM",
    "qemu11,COLO",
    "qemu10,NAMED",
    "qemu11,NAMED",
    "qemu10,UNNAMED",
    "qemu11,UNNAMED"
  })
  void aGuestCountsOnAfterItsCaptureWasKilledInAnyState(String version, State.Mode mode)
      throws IOException, InterruptedException {
    everyState(version, mode, Pidfd.SIGKILL);
  }

  @ParameterizedTest
  @CsvSource({"qemu10,STREAM", "qemu11,COLO", "qemu11,NAMED", "qemu10,UNNAMED"})
  void aGuestCountsOnAfterItsCaptureWasStoppedInAnyState(String version, State.Mode mode)
      throws IOException, InterruptedException {
    everyState(version, mode, Pidfd.SIGSTOP);
  }

  private void everyState(String version, State.Mode mode, int signal)
      throws IOException, InterruptedException {
    Firmware firmware = Firmware.ofTheVectors().withPeriods(1).withPages(256);
    try (Guest guest = with(mode, Guest.of(version).firmware(firmware)).start()) {
      guest.awaitCount(3);
      List<JsonNode> before = settings(guest);
      for (State state : Arrays.stream(State.values()).filter(s -> s.mode() == mode).toList()) {
        System.out.printf("%s %-7s %s ", version, state, signal == Pidfd.SIGKILL ? "KILL" : "STOP");
        inState(guest, state, signal);
        assertEquals(before, settings(guest), () -> "settings after " + state);
        assertEquals("running", guest.execute("query-status", Map.of()).path("status").asText());
        guest.awaitNextCount();
        guest.assertUnbroken();
        cairn.run(0, "verify");
      }
    }
  }

  private GuestSetup with(State.Mode mode, GuestSetup setup) {
    return switch (mode) {
      case NAMED -> setup.sharedFile(directory.resolve("ram"));
      case UNNAMED -> setup.sharedMemfd();
      case STREAM, COLO, STOPPED -> setup;
    };
  }

  private void inState(Guest guest, State state, int signal)
      throws IOException, InterruptedException {
    AtState seam = new AtState(state);
    Path arrived = directory.resolve("arrived");
    Path go = directory.resolve("go");
    String command =
        String.format(
            Locale.ROOT,
            ": > %s; while [ -d %s ] && [ ! -e %s ]; do sleep 0.05; done; echo d",
            arrived,
            directory,
            go);
    String[] disk = state == State.S3 ? new String[] {"--disk-snapshot-command", command} : NONE;
    try (MiddleMan man = MiddleMan.listen(directory.resolve("q"), guest.socket(), seam);
        RealCapture capture = start(man, state.mode().word(), disk)) {
      if (state == State.S3) {
        awaitFile(arrived, capture);
      } else {
        seam.await();
      }
      int count = guest.count();
      long begun = System.nanoTime();
      capture.strike(signal);
      seam.release();
      guest.awaitCount(count + 2);
      long ran = System.nanoTime() - begun;
      if (signal == Pidfd.SIGSTOP && !state.clock()) {
        assertTrue(
            capture.handle().isAlive(),
            () -> "nobody kills a capture whose guest runs: " + capture.said());
        capture.handle().signal(Pidfd.SIGKILL);
      }
      assertTrue(capture.handle().awaitEnd(Guest.PATIENCE), capture::said);
      capture.awaitNoGuardian();
      System.out.printf(
          "guest counts after %d ms, all put back after %d ms%n",
          ran / 1_000_000, (System.nanoTime() - begun) / 1_000_000);
      assertFalse(capture.hasAttachFile(), capture::said);
    } finally {
      seam.release();
      Files.createFile(go);
    }
    Files.delete(go);
    Files.deleteIfExists(arrived);
  }

  private RealCapture start(MiddleMan man, String mode, String... more) throws IOException {
    List<String> words = List.of("--mode", mode, "--every", "200ms", "--max-pause", MAX_PAUSE);
    return RealCapture.start(
        directory,
        man.path(),
        Stream.concat(words.stream(), Arrays.stream(more)).toArray(String[]::new));
  }

  private static void awaitFile(Path file, RealCapture capture)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (!Files.exists(file)) {
      assertTrue(System.nanoTime() < end, "in time the disk command runs");
      assertFalse(capture.child().hasEndedWithin(10_000), capture::said);
    }
  }

  private static List<JsonNode> settings(Guest guest) throws IOException, InterruptedException {
    return List.of(
        guest.execute("query-migrate-capabilities", Map.of()),
        guest.execute("query-migrate-parameters", Map.of()));
  }
}
