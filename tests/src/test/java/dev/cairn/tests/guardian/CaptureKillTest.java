package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Cli;
import dev.cairn.tests.Leftovers;
import dev.cairn.tests.Settings;
import dev.cairn.tests.qemu.Firmware;
import dev.cairn.tests.qemu.Guest;
import dev.cairn.tests.qemu.GuestSetup;
import dev.cairn.tools.linux.Pidfd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The real command is killed and stopped at random moments, its guardian too, and both: one guest
 * counts on through all of it, QEMU is as it was, no point that was told of is lost, and the next
 * capture goes on with the chain.
 */
class CaptureKillTest {
  private static final String KEPT = "6";
  private static final String POINT = "\"message_type\":\"point\"";

  /** So long that a busy machine is not taken for a stuck capture. */
  private static final String PATIENT = "20s";

  /** Where nothing else than the guardian ends a capture: soon. */
  private static final int STOPPED_MILLIS = 600;

  /** From a start, or a point, to most of what may come next. */
  private static final int START_MICROS = 1_000_000;

  private static final int POINT_MICROS = 300_000;

  /** What is done to whom. */
  private enum Deed {
    CAPTURE_KILLED,
    CAPTURE_STOPPED,
    GUARDIAN_KILLED,
    GUARDIAN_STOPPED,
    BOTH_KILLED;

    /** Returns how often it is done, where a capture alone is killed, and stopped, so often. */
    int rounds(int ofCaptures) {
      return switch (this) {
        case CAPTURE_KILLED, CAPTURE_STOPPED -> ofCaptures;
        case GUARDIAN_KILLED, BOTH_KILLED -> Math.max(1, ofCaptures / 10);
        case GUARDIAN_STOPPED -> Math.max(1, ofCaptures / 40); // each waits for five seconds
      };
    }
  }

  private final Path directory;
  private final Cli cairn;
  private final Map<String, Integer> ends = new TreeMap<>();

  CaptureKillTest(@TempDir Path directory) {
    this.directory = directory;
    this.cairn = new Cli(directory.resolve("store"));
    cairn.run(0, "init");
  }

  @ParameterizedTest
  @CsvSource({
    "qemu11,colo,own,20",
    "qemu11,stream,own,10",
    "qemu10,stream,own,10",
    "qemu11,shared,file,10",
    "qemu10,shared,memfd,10"
  })
  void whoeverDiesAtWhateverMomentTheGuestRunsOnAndItsChainGoesOn(
      String version, String mode, String memory, int rounds)
      throws IOException, InterruptedException {
    Random random = new Random(Settings.seed());
    List<Deed> deeds = new ArrayList<>();
    for (Deed deed : Deed.values()) {
      deeds.addAll(Collections.nCopies(deed.rounds(rounds) * Settings.soak(), deed));
    }
    Collections.shuffle(deeds, random);
    Firmware firmware = Firmware.ofTheVectors().withPeriods(1).withPages(256);
    try (Guest guest = with(memory, Guest.of(version).firmware(firmware)).start()) {
      guest.awaitCount(3);
      List<JsonNode> before = settings(guest);
      for (Deed deed : deeds) {
        long begun = System.nanoTime();
        String how = round(guest, mode, deed, random, before);
        ends.merge(deed + ": " + how, 1, Integer::sum);
        System.out.printf(
            "%s %s %s: %s; a round of %d ms%n",
            version, mode, deed, how, (System.nanoTime() - begun) / 1_000_000);
      }
      ends.forEach(
          (how, times) -> System.out.println(version + " " + mode + " " + times + " " + how));
      goOn(guest, mode, before);
      JsonNode points = cairn.json(0, "list", RealCapture.CHAIN).path("points");
      int oldest = countsFrom(version, memory, points.path(0).path("checkpoint").asText());
      int newest = countsFrom(version, memory, "latest");
      assertTrue(oldest < newest && newest <= guest.count() + 1, oldest + ", " + newest);
    }
  }

  /** After all of them a capture is one like others, and its points are. */
  private void goOn(Guest guest, String mode, List<JsonNode> before)
      throws IOException, InterruptedException {
    try (RealCapture capture = start(guest, mode, PATIENT, "--count", "3")) {
      capture.child().await(0);
      assertEquals(3, capture.lines("point").size());
    }
    assertEquals(before, settings(guest));
    Leftovers.requireNone(directory.resolve("store"));
  }

  private GuestSetup with(String memory, GuestSetup setup) {
    return switch (memory) {
      case "file" -> setup.sharedFile(directory.resolve("ram-" + System.nanoTime()));
      case "memfd" -> setup.sharedMemfd();
      default -> setup;
    };
  }

  /** Starts a fresh QEMU from a point, and returns the first number that its guest counts. */
  private int countsFrom(String version, String memory, String point)
      throws IOException, InterruptedException {
    Path image = directory.resolve("image");
    String to = "mapped-ram:" + image;
    cairn.run(0, "restore", RealCapture.CHAIN + "@" + point, "--to", to);
    try (Guest guest =
        with(memory, Guest.of(version))
            .incoming("file:" + image)
            .options("-global", "migration.mapped-ram=on")
            .start()) {
      guest.awaitNextCount();
      guest.awaitNextCount();
      guest.assertUnbroken();
      return guest.counts().getFirst();
    }
  }

  private RealCapture start(Guest guest, String mode, String maxPause, String... more)
      throws IOException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--mode", mode, "--every", "100ms", "--max-pause", maxPause));
    words.addAll(List.of("--keep-last", KEPT));
    words.addAll(List.of(more));
    return RealCapture.start(directory, guest.socket(), words.toArray(String[]::new));
  }

  /** Does one deed, sees to it that nothing is lost by it, and tells how it ended. */
  private String round(Guest guest, String mode, Deed deed, Random random, List<JsonNode> before)
      throws IOException, InterruptedException {
    String maxPause = deed == Deed.CAPTURE_STOPPED ? STOPPED_MILLIS + "ms" : PATIENT;
    try (RealCapture capture = start(guest, mode, maxPause)) {
      boolean early = deed != Deed.GUARDIAN_KILLED && deed != Deed.GUARDIAN_STOPPED;
      boolean lives = goTo(capture, early ? random.nextInt(4) : 1 + random.nextInt(3), random);
      Clock clock = new Clock(guest);
      String how =
          !lives
              ? ended(capture, deed)
              : switch (deed) {
                case CAPTURE_KILLED -> killed(capture, clock);
                case CAPTURE_STOPPED -> stopped(capture, clock);
                case GUARDIAN_KILLED -> replaced(capture, Pidfd.SIGKILL, clock);
                case GUARDIAN_STOPPED -> replaced(capture, Pidfd.SIGSTOP, clock);
                case BOTH_KILLED -> rescued(capture, clock);
              };
      capture.awaitNoGuardian();
      if (capture.hasAttachFile()) {
        assertEquals(0, capture.times(RealCapture.BEGAN), capture::said);
        cairn.run(0, "capture", RealCapture.CHAIN, "--rescue");
        how += ", before it began";
      }
      assertFalse(capture.hasAttachFile(), capture::said);
      assertAsBefore(guest, before, capture);
      guest.awaitNextCount();
      guest.assertUnbroken();
      assertNothingIsLost(capture);
      return how;
    }
  }

  /** Waits for one of the stages of a capture, and then a random while; false if it ended. */
  private static boolean goTo(RealCapture capture, int stage, Random random)
      throws IOException, InterruptedException {
    boolean there =
        switch (stage) {
          case 0 -> true;
          case 1 -> capture.says(RealCapture.BEGAN);
          default -> capture.says(POINT);
        };
    int micros = random.nextInt(stage == 0 ? START_MICROS : POINT_MICROS);
    return there && !capture.child().hasEndedWithin(micros);
  }

  /** Says how long the guest takes to count on. */
  private static final class Clock {
    private final Guest guest;
    private final int count;
    private final long begun = System.nanoTime();

    Clock(Guest guest) throws IOException {
      this.guest = guest;
      this.count = guest.count();
    }

    void awaitCounting() throws IOException, InterruptedException {
      guest.awaitCount(count + 2);
      System.out.printf("it counts after %d ms; ", (System.nanoTime() - begun) / 1_000_000);
    }
  }

  /** A guardian takes who is only slow for one who is stuck, and is right to. */
  private static String ended(RealCapture capture, Deed deed)
      throws IOException, InterruptedException {
    assertEquals(Deed.CAPTURE_STOPPED, deed, capture::said);
    capture.child().await(128 + Pidfd.SIGKILL);
    return "was slow, and killed before it was stopped";
  }

  private static String killed(RealCapture capture, Clock clock)
      throws IOException, InterruptedException {
    capture.handle().signal(Pidfd.SIGKILL);
    clock.awaitCounting();
    return "freed";
  }

  /** Its guardian ends it if its guest may be paused; else its guest runs, and nobody does. */
  private static String stopped(RealCapture capture, Clock clock)
      throws IOException, InterruptedException {
    capture.handle().signal(Pidfd.SIGSTOP);
    clock.awaitCounting();
    if (capture.child().hasEndedWithin(1_500L * STOPPED_MILLIS)) {
      return "freed";
    }
    capture.handle().signal(Pidfd.SIGKILL);
    return "nobody waited for it";
  }

  /** The capture goes on with another guardian; where it must, by a new connection. */
  private static String replaced(RealCapture capture, int signal, Clock clock)
      throws IOException, InterruptedException {
    String noticed = "the guardian, process [0-9]+, has died";
    int times = capture.times(noticed);
    try (Pidfd guardian = capture.guardian()) {
      guardian.signal(signal);
      clock.awaitCounting();
      assertTrue(capture.saysMore(noticed, times), capture::said);
      assertTrue(guardian.awaitEnd(Guest.PATIENCE), "the old one has ended");
    }
    assertTrue(capture.saysMore(POINT, capture.times(POINT)), capture::said);
    assertTrue(capture.saysMore(POINT, capture.times(POINT)), capture::said);
    boolean midway = capture.said().contains("this checkpoint is given up");
    capture.child().terminate();
    capture.child().await(128 + Pidfd.SIGTERM);
    return midway ? "replaced, and a checkpoint given up" : "replaced";
  }

  private String rescued(RealCapture capture, Clock clock)
      throws IOException, InterruptedException {
    for (long guardian : capture.guardians()) {
      try (Pidfd one = Pidfd.open(guardian)) {
        one.signal(Pidfd.SIGKILL);
      }
    }
    capture.handle().signal(Pidfd.SIGKILL);
    assertTrue(capture.handle().awaitEnd(Guest.PATIENCE), "it ends");
    capture.awaitNoGuardian();
    Cli.Said said = cairn.run(0, "--json", "capture", RealCapture.CHAIN, "--rescue");
    clock.awaitCounting();
    return said.json().path("result").asText().startsWith("nothing") ? "nothing to do" : "rescued";
  }

  private static List<JsonNode> settings(Guest guest) throws IOException, InterruptedException {
    return List.of(
        guest.execute("query-migrate-capabilities", Map.of()),
        guest.execute("query-migrate-parameters", Map.of()));
  }

  private static void assertAsBefore(Guest guest, List<JsonNode> before, RealCapture capture)
      throws IOException, InterruptedException {
    assertEquals(before, settings(guest), capture::said);
    assertEquals(
        "running", guest.execute("query-status", Map.of()).path("status").asText(), capture::said);
    String migration = guest.execute("query-migrate", Map.of()).path("status").asText("none");
    assertTrue(
        Set.of("none", "", "completed", "failed", "cancelled").contains(migration), migration);
  }

  private void assertNothingIsLost(RealCapture capture) throws IOException {
    long newest = capture.newestPoint();
    if (newest >= 0) {
      cairn.run(0, "verify");
      List<Long> points = new ArrayList<>();
      cairn
          .json(0, "list", RealCapture.CHAIN)
          .path("points")
          .forEach(point -> points.add(point.path("checkpoint").asLong()));
      assertTrue(points.contains(newest), () -> newest + " of " + points + "; " + capture.said());
    }
  }
}
