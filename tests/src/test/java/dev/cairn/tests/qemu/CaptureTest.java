package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.PrivateMounts;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real guests are captured, run on, and count on from the points. */
class CaptureTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int POINTS = 30;

  private final Path directory;
  private final Path store;
  private final Cli cairn;

  CaptureTest(@TempDir Path directory) {
    this.directory = directory;
    this.store = directory.resolve("store");
    this.cairn = new Cli(store);
    cairn.run(0, "init");
  }

  /**
   * Runs a capture to its end, and returns the lines of JSON that it said. In a process of its own:
   * a guardian kills the one whose capture is stuck, and on a busy machine it may seem to be.
   */
  private List<JsonNode> capture(int exit, Guest guest, String... more)
      throws IOException, InterruptedException {
    try (Child child = child(guest, more)) {
      return lines(child.await(exit));
    }
  }

  private static List<JsonNode> lines(String text) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : text.lines().filter(l -> l.startsWith("{")).toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static List<JsonNode> of(String type, List<JsonNode> lines) {
    return lines.stream().filter(l -> l.path("message_type").asText().equals(type)).toList();
  }

  private static Map<String, JsonNode> settings(Guest guest)
      throws IOException, InterruptedException {
    try (Qmp qmp = guest.qmp()) {
      return Map.of(
          "capabilities", qmp.execute("query-migrate-capabilities", Map.of(), Guest.PATIENCE),
          "parameters", qmp.execute("query-migrate-parameters", Map.of(), Guest.PATIENCE));
    }
  }

  /** Starts a fresh QEMU from a point, and returns the first number that its guest counts. */
  private int countsFrom(String point, GuestSetup setup) throws IOException, InterruptedException {
    Path image = directory.resolve("image");
    cairn.run(0, "restore", point, "--to", "mapped-ram:" + image);
    try (Guest guest =
        setup.incoming("file:" + image).options("-global", "migration.mapped-ram=on").start()) {
      guest.awaitNextCount();
      guest.awaitNextCount();
      guest.assertUnbroken();
      return guest.counts().getFirst();
    }
  }

  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu11,stream", "qemu10,auto"})
  void manyPointsOfARunningGuestCountOn(String version, String mode)
      throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start()) {
      Map<String, JsonNode> before = settings(guest);
      guest.awaitCount(2);
      List<JsonNode> said =
          capture(0, guest, "--mode", mode, "--every", "150ms", "--count", "" + POINTS);
      assertEquals(POINTS, of("point", said).size());
      assertEquals(List.of(), of("dropped", said));
      assertEquals(
          mode.equals("auto") ? "stream" : mode, of("mode", said).getFirst().path("mode").asText());
      System.out.println(version + " " + of("summary", said));
      assertEquals(before, settings(guest), "QEMU is as it was");
      guest.awaitNextCount();
      guest.assertUnbroken();
      cairn.run(0, "verify");
      int last = guest.count();
      int first = everyWay("vm@0", version);
      int middle = everyWay("vm@" + POINTS / 2, version);
      int end = everyWay("vm@" + (POINTS - 1), version);
      System.out.println(version + " counts on from " + first + ", " + middle + ", " + end);
      assertTrue(first < middle && middle < end && end <= last + 1, "each at its own moment");
      assertFalse(Files.exists(store.resolve("run/capture-vm.json")));
    }
  }

  /**
   * By a file, precopy and postcopy its guest counts on from the same number, which is returned.
   */
  private int everyWay(String point, String version) throws IOException, InterruptedException {
    int byFile = countsFrom(point, Guest.of(version));
    for (String how : List.of("--run", "--postcopy")) {
      try (Guest guest = Guest.of(version).incoming("defer").start()) {
        cairn.run(0, "resume", point, how, "--qmp", "unix:" + guest.socket());
        guest.awaitNextCount();
        guest.awaitNextCount();
        guest.assertUnbroken();
        assertEquals(byFile, guest.counts().getFirst(), how);
      }
    }
    return byFile;
  }

  /** For a monitor that passes no descriptors. */
  @ParameterizedTest
  @CsvSource({"qemu11,colo,unix", "qemu11,stream,tcp", "qemu10,stream,unix", "qemu11,colo,tcp"})
  void qemuMayConnectInPlaceOfBeingPassedASocket(String version, String mode, String kind)
      throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start()) {
      Map<String, JsonNode> before = settings(guest);
      guest.awaitCount(2);
      Path socket = directory.resolve("in");
      String address = kind.equals("unix") ? "unix:" + socket : "tcp:127.0.0.1:" + freePort();
      List<JsonNode> said =
          capture(
              0, guest, "--mode", mode, "--every", "100ms", "--count", "5", "--listen", address);
      assertEquals(5, of("point", said).size());
      assertEquals(List.of(), of("dropped", said));
      assertEquals(before, settings(guest));
      assertFalse(Files.exists(socket));
      guest.awaitNextCount();
      guest.assertUnbroken();
      cairn.run(0, "verify");
      assertTrue(countsFrom("vm@4", Guest.of(version)) > 0);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }

  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu11,stream", "qemu10,stream"})
  void aLinuxGuestWithFourProcessorsChecksItsMemory(String version, String mode)
      throws IOException, InterruptedException {
    try (Guest guest = linux(version).start()) {
      guest.awaitCount(2);
      List<JsonNode> said = capture(0, guest, "--mode", mode, "--every", "300ms", "--count", "30");
      System.out.println(version + " " + of("summary", said));
      guest.awaitNextCount();
      for (String point : List.of("vm@0", "vm@15", "vm@29")) {
        int count = countsFrom(point, linux(version));
        System.out.println(version + " Linux counts on from " + count);
      }
    }
  }

  private static GuestSetup linux(String version) {
    return Guest.of(version).linux("dirtykb=4096 period=1 fillmb=0").cpus(4);
  }

  /** The mode that does not begin is left, and its guest was never lost. */
  @Test
  void checkpointsThatQemuDoesNotBeginAreRefused() throws IOException, InterruptedException {
    try (Guest guest = Guest.of("qemu10").start()) {
      Map<String, JsonNode> before = settings(guest);
      guest.awaitCount(2);
      try (Child child = child(guest, "--mode", "colo")) {
        String said = child.await(6);
        assertTrue(said.contains("does not begin"), said);
      }
      guest.awaitNextCount();
      assertEquals(before, settings(guest));
      assertEquals(
          1,
          capture(0, guest, "--count", "1").stream()
              .filter(l -> l.path("message_type").asText().equals("point"))
              .count());
    }
  }

  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu11,stream", "qemu10,stream"})
  void aResetDuringACaptureIsAPointLikeOthers(String version, String mode)
      throws IOException, InterruptedException {
    Path second = directory.resolve("q2");
    try (Guest guest =
            Guest.of(version).options("-qmp", "unix:" + second + ",server=on,wait=off").start();
        Child child = child(guest, "--mode", mode, "--every", "150ms");
        Qmp qmp = guest.qmp(second)) {
      awaitPoints(child, 3);
      guest.awaitCount(4);
      qmp.execute("system_reset", Map.of(), Guest.PATIENCE);
      int points = points(child);
      awaitPoints(child, points + 5);
      child.terminate();
      child.await(143);
      assertEquals("running", state(qmp));
      List<JsonNode> said = lines(child.said());
      System.out.println(
          version + " " + mode + " reset: " + of("summary", said) + of("dropped", said));
      cairn.run(0, "verify");
    }
    assertTrue(countsFrom("vm@latest", Guest.of(version)) > 0);
  }

  /** Nothing of ours starts it: not a point, and not the end of the capture. */
  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu10,stream"})
  void aGuestThatSomebodyStopsIsLeftAlone(String version, String mode)
      throws IOException, InterruptedException {
    Path second = directory.resolve("q2");
    try (Guest guest =
            Guest.of(version).options("-qmp", "unix:" + second + ",server=on,wait=off").start();
        Child child = child(guest, "--mode", mode, "--every", "150ms");
        Qmp qmp = guest.qmp(second)) {
      awaitPoints(child, 2);
      stop(qmp);
      child.awaitWord("stands still, and not by us");
      int points = points(child);
      assertEquals("paused", state(qmp));
      qmp.execute("cont", Map.of(), Guest.PATIENCE);
      awaitPoints(child, points + 3);
      stop(qmp);
      child.terminate();
      String said = child.await(143);
      assertTrue(said.contains("\"message_type\":\"detached\""), said);
      assertEquals("paused", state(qmp));
      qmp.execute("cont", Map.of(), Guest.PATIENCE);
      guest.awaitNextCount();
      guest.assertUnbroken();
      cairn.run(0, "verify");
    }
  }

  /** QEMU forgets a stop that comes while a migration of ours has the guest paused. */
  private static void stop(Qmp qmp) throws IOException {
    do {
      qmp.execute("stop", Map.of(), Guest.PATIENCE);
    } while (!state(qmp).equals("paused"));
  }

  private static String state(Qmp qmp) throws IOException {
    return qmp.execute("query-status", Map.of(), Guest.PATIENCE).path("status").asText();
  }

  private Child child(Guest guest, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "--store",
                store.toString(),
                "--json",
                "capture",
                "vm",
                "--qmp",
                "unix:" + guest.socket()));
    command.addAll(List.of(more));
    if (!command.contains("--max-pause")) {
      command.addAll(List.of("--max-pause", "20s"));
    }
    return Child.cairn(directory, command.toArray(String[]::new));
  }

  private static int points(Child child) throws IOException {
    return of("point", lines(whole(child.said()))).size();
  }

  private static String whole(String text) {
    return text.substring(0, text.lastIndexOf('\n') + 1);
  }

  private static void awaitPoints(Child child, int count) throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (points(child) < count) {
      assertTrue(System.nanoTime() < end, "points come in time");
      assertFalse(child.hasEndedWithin(20_000), child.said());
    }
  }

  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu10,stream"})
  void whoIsToldToEndLeavesAGuestThatRunsAndWholePoints(String version, String mode)
      throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start()) {
      Map<String, JsonNode> before = settings(guest);
      try (Child child = child(guest, "--mode", mode, "--every", "100ms", "--keep-last", "4")) {
        awaitPoints(child, 8);
        child.terminate();
        child.await(143);
        List<JsonNode> said = lines(child.said());
        assertEquals(
            of("point", said).size(), of("summary", said).getFirst().path("points").asInt());
      }
      assertEquals(before, settings(guest));
      guest.awaitNextCount();
      guest.assertUnbroken();
      cairn.run(0, "verify");
      assertEquals(4, cairn.json(0, "list", "vm").path("points").size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aGuestThatStandsStillIsRefusedAndSoIsAnotherMigration(String version)
      throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start()) {
      guest.awaitCount(1);
      guest.execute("stop", Map.of());
      Cli.Said said = cairn.run(6, "capture", "vm", "--qmp", "unix:" + guest.socket());
      assertTrue(said.errors().contains("found paused"), said.errors());
      guest.execute("cont", Map.of());
      try (Qmp qmp = guest.qmp()) {
        qmp.execute("migrate-set-parameters", Map.of("max-bandwidth", 4096), Guest.PATIENCE);
        qmp.execute("migrate", Map.of("uri", "exec:cat > /dev/null"), Duration.ofSeconds(10));
      }
      Cli.Said busy = cairn.run(11, "capture", "vm", "--qmp", "unix:" + guest.socket());
      assertTrue(busy.errors().contains("expected none under way"), busy.errors());
      assertEquals("active", guest.execute("query-migrate", Map.of()).path("status").asText());
    }
  }

  /** 192 MiB each 55 ms: the limit is raised until what is left can be sent within it. */
  @Test
  void aGuestThatWritesFasterThanItIsSentIsCapturedWithLongerPauses()
      throws IOException, InterruptedException {
    Firmware busy = Firmware.ofTheVectors().withPages(49_152).withPeriods(1);
    try (Guest guest = Guest.of("qemu10").memoryMiB(256).firmware(busy).start()) {
      Map<String, JsonNode> before = settings(guest);
      guest.awaitCount(2);
      List<JsonNode> said =
          capture(0, guest, "--mode", "stream", "--count", "1", "--max-pause", "1s");
      System.out.println("busy guest " + of("point", said) + of("dropped", said));
      assertEquals(1, of("point", said).size());
      assertEquals(before, settings(guest));
      guest.awaitNextCount();
    }
  }

  @Test
  void aSecondCaptureOfTheSameGuestIsToldWhoIsThere() throws IOException, InterruptedException {
    try (Guest guest = Guest.of("qemu11").start();
        Qmp _ = guest.qmp()) {
      Cli.Said said = cairn.run(11, "capture", "vm", "--qmp", "unix:" + guest.socket());
      assertTrue(said.errors().contains("another client"), said.errors());
    }
  }

  @ParameterizedTest
  @CsvSource({"qemu11,colo", "qemu10,stream"})
  void onAFullDiskPointsAreDroppedAndTheGuestRunsOn(String version, String mode)
      throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start();
        Child child =
            Child.java(
                directory,
                PrivateMounts.launcher(directory),
                List.of(),
                FullStoreMain.class,
                directory.toString(),
                guest.socket().toString(),
                mode)) {
      String said = child.await(0);
      System.out.println(version + " " + said.lines().toList().getLast());
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
  }
}
