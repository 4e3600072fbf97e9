package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests whose memory lies in shared files are captured where it lies. */
class SharedCaptureTest {
  private static final int POINTS = 30;

  private final Path directory;
  private final Captured captured;
  private final Cli cairn;

  SharedCaptureTest(@TempDir Path directory) {
    this.directory = directory;
    this.captured = new Captured(directory);
    this.cairn = captured.cairn();
  }

  @ParameterizedTest
  @CsvSource({"qemu11,file", "qemu11,memfd", "qemu10,file", "qemu10,memfd"})
  void manyPointsOfARunningGuestCountOn(String version, String kind)
      throws IOException, InterruptedException {
    try (Guest guest = captured.shared(Guest.of(version), kind).start()) {
      Map<String, JsonNode> before = Captured.settings(guest);
      guest.awaitCount(2);
      String said;
      try (Child child =
          captured.capture(guest, "--mode", "shared", "--every", "150ms", "--count", "" + POINTS)) {
        said = child.await(0);
      }
      List<JsonNode> points = Captured.of("point", said);
      assertEquals(POINTS, points.size(), said);
      assertEquals(List.of(), Captured.of("dropped", said));
      assertEquals("shared", Captured.of("mode", said).getFirst().path("mode").asText());
      System.out.println(version + " " + kind + " " + Captured.of("summary", said));
      assertEquals(before, Captured.settings(guest), "QEMU is as it was");
      long pages = points.getLast().path("pages").asLong();
      assertTrue(pages < 1000, "only what changed is stored: " + points.getLast());
      guest.awaitNextCount();
      guest.assertUnbroken();
      cairn.run(0, "verify");
      int last = guest.count();
      int first = everyWay("vm@0", () -> Guest.of(version), kind);
      int middle = everyWay("vm@" + POINTS / 2, () -> Guest.of(version), kind);
      int end = everyWay("vm@" + (POINTS - 1), () -> Guest.of(version), kind);
      System.out.println(version + " counts on from " + first + ", " + middle + ", " + end);
      assertTrue(first < middle && middle < end && end <= last + 1, "each at its own moment");
      assertFalse(Files.exists(directory.resolve("store/run/capture-vm.json")));
    }
  }

  /**
   * By a file, precopy and postcopy its guest counts on from the same number, which is returned.
   * QEMU takes postcopy into no file that is on a disk.
   */
  private int everyWay(String point, Supplier<GuestSetup> setup, String kind)
      throws IOException, InterruptedException {
    int byFile = captured.countsFrom(point, captured.shared(setup.get(), kind));
    int byPrecopy = captured.countsFromLive(point, captured.shared(setup.get(), kind), "--run");
    assertEquals(byFile, byPrecopy);
    int byPostcopy = captured.countsFromLive(point, setup.get().ownMemory(), "--postcopy");
    assertEquals(byFile, byPostcopy);
    return byFile;
  }

  @ParameterizedTest
  @CsvSource({"qemu11,file", "qemu10,memfd"})
  void aLinuxGuestWithFourProcessorsChecksItsMemory(String version, String kind)
      throws IOException, InterruptedException {
    try (Guest guest = captured.shared(linux(version), kind).start()) {
      guest.awaitCount(2);
      try (Child child =
          captured.capture(guest, "--mode", "shared", "--every", "300ms", "--count", "30")) {
        System.out.println(version + " Linux " + Captured.of("summary", child.await(0)));
      }
      guest.awaitNextCount();
      guest.assertUnbroken();
      for (String point : List.of("vm@0", "vm@15", "vm@29")) {
        int count = everyWay(point, () -> linux(version), kind);
        System.out.println(version + " Linux counts on from " + count);
      }
    }
  }

  private static GuestSetup linux(String version) {
    return Guest.of(version).linux("dirtykb=4096 period=1 fillmb=0").cpus(4);
  }

  /** A chain that is there is gone on with: what differs from its newest point is stored. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "memfd"})
  void aSecondCaptureGoesOnWithTheChain(String kind) throws IOException, InterruptedException {
    try (Guest guest = captured.shared(Guest.of("qemu11"), kind).start()) {
      guest.awaitCount(2);
      for (int i = 0; i < 2; i++) {
        try (Child child =
            captured.capture(guest, "--mode", "shared", "--every", "100ms", "--count", "3")) {
          child.await(0);
        }
        guest.awaitNextCount();
      }
      assertEquals(6, cairn.json(0, "list", "vm").path("points").size());
      cairn.run(0, "verify");
      int third = captured.countsFrom("vm@2", captured.shared(Guest.of("qemu11"), kind));
      int sixth = captured.countsFrom("vm@5", captured.shared(Guest.of("qemu11"), kind));
      assertTrue(third < sixth, third + " before " + sixth);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "memfd"})
  void aResetIsAPointLikeOthers(String kind) throws IOException, InterruptedException {
    Path second = directory.resolve("q2");
    try (Guest guest =
            captured
                .shared(Guest.of("qemu11"), kind)
                .options("-qmp", "unix:" + second + ",server=on,wait=off")
                .start();
        Child child = captured.capture(guest, "--mode", "shared", "--every", "150ms");
        Qmp qmp = guest.qmp(second)) {
      Captured.awaitPoints(child, 3);
      guest.awaitCount(4);
      qmp.execute("system_reset", Map.of(), Guest.PATIENCE);
      Captured.awaitPoints(child, Captured.points(child).size() + 5);
      child.terminate();
      child.await(143);
      assertEquals(
          "running", qmp.execute("query-status", Map.of(), Guest.PATIENCE).path("status").asText());
      cairn.run(0, "verify");
    }
    assertTrue(captured.countsFrom("vm@latest", captured.shared(Guest.of("qemu11"), kind)) > 0);
  }

  /** Nothing of ours starts it: not a point, and not the end of the capture. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "memfd"})
  void aGuestThatSomebodyStopsIsLeftAlone(String kind) throws IOException, InterruptedException {
    Path second = directory.resolve("q2");
    try (Guest guest =
            captured
                .shared(Guest.of("qemu11"), kind)
                .options("-qmp", "unix:" + second + ",server=on,wait=off")
                .start();
        Child child = captured.capture(guest, "--mode", "shared", "--every", "150ms");
        Qmp qmp = guest.qmp(second)) {
      Captured.awaitPoints(child, 2);
      qmp.execute("stop", Map.of(), Guest.PATIENCE);
      child.awaitWord("stands still, and not by us");
      child.terminate();
      child.await(143);
      assertEquals(
          "paused", qmp.execute("query-status", Map.of(), Guest.PATIENCE).path("status").asText());
      qmp.execute("cont", Map.of(), Guest.PATIENCE);
      guest.awaitNextCount();
      cairn.run(0, "verify");
    }
  }

  /** Where checkpoints cannot be, shared memory is better than a whole stream each time. */
  @Test
  void autoTakesSharedMemoryWhereItCan() throws IOException, InterruptedException {
    try (Guest guest = captured.shared(Guest.of("qemu10"), "file").start();
        Child child = captured.capture(guest, "--every", "100ms", "--count", "2")) {
      guest.awaitCount(1);
      String said = child.await(0);
      assertEquals("shared", Captured.of("mode", said).getFirst().path("mode").asText(), said);
    }
    try (Guest guest = captured.shared(Guest.of("qemu10").memoryMiB(512), "file").start();
        Child child =
            captured.capture(guest, "--every", "100ms", "--count", "1", "--max-pause", "900ms")) {
      guest.awaitCount(1);
      String said = child.await(0);
      assertEquals("stream", Captured.of("mode", said).getFirst().path("mode").asText(), said);
    }
  }

  @Test
  void memoryThatIsNotSharedIsRefused() throws IOException, InterruptedException {
    try (Guest guest = Guest.of("qemu11").start()) {
      guest.awaitCount(1);
      Cli.Said said =
          cairn.run(6, "capture", "vm", "--qmp", "unix:" + guest.socket(), "--mode", "shared");
      assertTrue(said.errors().contains("no memory of this QEMU is shared"), said.errors());
      guest.awaitNextCount();
    }
  }

  /** What the guest wrote after the comparison is in no point: somebody let it go on too early. */
  @Test
  void aPauseThatSomebodyEndsIsNoPoint() throws IOException, InterruptedException {
    Path second = directory.resolve("q2");
    Path paused = directory.resolve("paused");
    Path script = directory.resolve("slow.sh");
    Files.writeString(script, "#!/bin/sh\ntouch \"" + paused + "\"\nsleep 2\necho '{}'\n");
    assertTrue(script.toFile().setExecutable(true));
    try (Guest guest =
            captured
                .shared(Guest.of("qemu11"), "memfd")
                .options("-qmp", "unix:" + second + ",server=on,wait=off")
                .start();
        Qmp qmp = guest.qmp(second)) {
      guest.awaitCount(1);
      try (Child child =
          captured.capture(
              guest,
              "--mode",
              "shared",
              "--every",
              "100ms",
              "--disk-snapshot-command",
              script.toString())) {
        Captured.awaitPoints(
            child, 1); // the first is a stream: QEMU lets nobody go on in its pause
        Files.deleteIfExists(paused);
        Captured.await(paused, child);
        qmp.execute("cont", Map.of(), Guest.PATIENCE);
        child.awaitWord("went on, or was reset, before a checkpoint was complete");
        Files.deleteIfExists(paused);
        Captured.awaitPoints(child, 2);
        child.terminate();
        child.await(143);
      }
      guest.awaitNextCount();
      guest.assertUnbroken();
      cairn.run(0, "verify");
    }
  }
}
