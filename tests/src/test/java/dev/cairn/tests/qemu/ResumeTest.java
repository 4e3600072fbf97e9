package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.VectorStore;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real QEMUs are fed from a store, and their guests count on from the point. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResumeTest {
  /** The guest of the vectors had counted to 3, 5, 7, 9. */
  private static int next(int point) {
    return 2 * point + 4;
  }

  private Path directory = Path.of("");
  private Path store = Path.of("");
  private Cli cli = new Cli(store);

  @BeforeAll
  void makeStore(@TempDir Path temporary) throws IOException, InterruptedException {
    directory = temporary;
    VectorStore vectors = new VectorStore(temporary);
    store = vectors.path();
    cli = vectors.cli();
  }

  private static Guest destination(String version) throws IOException, InterruptedException {
    return Guest.of(version).incoming("defer").start();
  }

  private static String qmp(Guest guest) {
    return "unix:" + guest.socket();
  }

  private static String status(Guest guest) throws IOException, InterruptedException {
    return guest.execute("query-status", Map.of()).path("status").asText();
  }

  /** Has the guest listen, by somebody else than Cairn, and returns where. */
  private static String listen(Guest guest, String network, boolean postcopy)
      throws IOException, InterruptedException {
    guest.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", postcopy))));
    boolean unix = network.equals("unix");
    String address = unix ? "unix:" + guest.directory().resolve("in") : "tcp:127.0.0.1:0";
    guest.execute("migrate-incoming", Map.of("uri", address));
    JsonNode at = guest.execute("query-migrate", Map.of()).path("socket-address").get(0);
    return unix ? address : "tcp:127.0.0.1:" + at.path("port").asText();
  }

  @Test
  void memoryDoesNotLeaveTheMachineInTheClear() {
    Cli.Said said = cli.run(2, "resume", "vm", "--postcopy", "--to", "tcp:192.0.2.1:4444");
    assertTrue(said.errors().contains("in the clear"), said.errors());
  }

  private static void assertCountsOn(Guest guest, int point)
      throws IOException, InterruptedException {
    guest.awaitCount(next(point) + 2);
    assertEquals(next(point), guest.counts().getFirst(), guest.said());
    guest.assertUnbroken();
  }

  @ParameterizedTest
  @CsvSource({"qemu10,unix", "qemu10,tcp", "qemu11,unix", "qemu11,tcp"})
  void precopyGoesOnFromAPastPoint(String version, String network)
      throws IOException, InterruptedException {
    try (Guest guest = destination(version)) {
      String address = listen(guest, network, false);
      Cli.Said said = cli.run(0, "--json", "resume", "vm@1", "--to", address, "--run");
      JsonNode done = said.json();
      System.out.println(version + " precopy " + network + " " + done);
      assertEquals(88, done.path("pages").asInt());
      assertTrue(said.errors().contains("is not the newest point, which is 3"), said.errors());
      assertCountsOn(guest, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aPausedGuestStaysPausedUnlessItIsToRun(String version)
      throws IOException, InterruptedException {
    try (Guest guest = destination(version)) {
      cli.run(0, "resume", "vm@t2", "--qmp", qmp(guest));
      assertEquals("paused", status(guest));
      guest.execute("cont", Map.of());
      assertCountsOn(guest, 2);
    }
    try (Guest guest = destination(version)) {
      cli.run(0, "resume", "vm@t2", "--qmp", qmp(guest), "--run");
      assertCountsOn(guest, 2);
      assertEquals("running", status(guest));
    }
  }

  @ParameterizedTest
  @CsvSource({"qemu10,unix", "qemu10,tcp", "qemu11,unix", "qemu11,tcp"})
  void postcopyGoesOnFromAPastPoint(String version, String network)
      throws IOException, InterruptedException {
    try (Guest guest = destination(version)) {
      String address = listen(guest, network, true);
      JsonNode done = cli.json(0, "resume", "vm@0", "--to", address, "--postcopy");
      System.out.println(version + " postcopy " + network + " " + done);
      assertEquals(16_466, done.path("pages").asInt() + done.path("zeroPages").asInt());
      assertCountsOn(guest, 0);
      assertEquals("completed", guest.execute("query-migrate", Map.of()).path("status").asText());
    }
  }

  @Timeout(120)
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void postcopyByQmpSetsUpTheDestination(String version) throws IOException, InterruptedException {
    try (Guest guest = destination(version)) {
      // With it the destination would wait for a second connection, for ever.
      List<Map<String, Object>> on = new ArrayList<>();
      for (String each : List.of("postcopy-ram", "postcopy-preempt")) {
        on.add(Map.of("capability", each, "state", true));
      }
      guest.execute("migrate-set-capabilities", Map.of("capabilities", on));
      JsonNode done = cli.json(0, "resume", "vm", "--qmp", qmp(guest), "--postcopy");
      System.out.println(version + " postcopy by QMP " + done);
      assertCountsOn(guest, 3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void anotherMachineIsRefusedBeforeTheFirstByte(String version)
      throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).memoryMiB(96).incoming("defer").start()) {
      Cli.Said said = cli.run(6, "resume", "vm@1", "--qmp", qmp(guest), "--postcopy");
      assertTrue(said.errors().contains("67108864"), said.errors());
      assertTrue(said.errors().contains("100663296"), said.errors());
      assertEquals("inmigrate", status(guest));
      assertTrue(
          guest.execute("query-migrate", Map.of()).path("status").isMissingNode(), "untouched");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aQemuThatIsStartedForItIsWaitedForAndEndsWithIt(String version)
      throws IOException, InterruptedException {
    for (String mode : List.of("--run", "--postcopy")) {
      Path place = Files.createTempDirectory("cx");
      try {
        Path serial = place.resolve("serial");
        try (Child child = cairn(exec(version, place, mode))) {
          awaitLine(child, serial, "COUNT " + (next(2) + 2));
          child.terminate();
          child.await(143);
        }
        assertEquals("COUNT " + next(2) + " up 0", lines(serial).getFirst());
        try (Child child = cairn(exec(version, place, mode))) {
          awaitLine(child, serial, "COUNT " + (next(2) + 2));
          child.awaitWord("waiting for the end");
          try (var qmp = dev.cairn.tools.qmp.Qmp.connect(place.resolve("mine"), Guest.PATIENCE)) {
            qmp.execute("quit", Map.of(), Guest.PATIENCE);
          }
          String said = child.await(0);
          assertTrue(said.contains("exit code 0"), said);
        }
      } finally {
        end(place.resolve("pid"));
        Guest.delete(place);
      }
    }
  }

  private Child cairn(String... words) throws IOException {
    return Child.java(directory, List.of("-Djava.io.tmpdir=" + directory), Cairn.class, words);
  }

  /** Whoever kills Cairn does not kill the QEMU that it started. */
  private static void end(Path pidFile) throws IOException {
    if (Files.exists(pidFile)) {
      ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip()))
          .ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private String[] exec(String version, Path place, String mode)
      throws IOException, InterruptedException {
    Files.deleteIfExists(place.resolve("serial"));
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--store", store.toString(), "resume", "vm@2", mode));
    words.addAll(List.of("--exec", "--", Lab.qemu(version).toString()));
    words.addAll(List.of("-accel", "tcg", "-machine", "pc-q35-10.0", "-cpu", "qemu64"));
    words.addAll(List.of("-m", "64", "-nodefaults", "-display", "none", "-monitor", "none"));
    words.addAll(List.of("-serial", "file:" + place.resolve("serial")));
    words.addAll(List.of("-bios", Firmware.ofTheVectors().assemble(place).toString()));
    words.addAll(List.of("-qmp", "unix:" + place.resolve("mine") + ",server=on,wait=off"));
    words.addAll(List.of("-pidfile", place.resolve("pid").toString()));
    words.addAll(List.of("-incoming", "{incoming}"));
    return words.toArray(String[]::new);
  }

  private static List<String> lines(Path serial) throws IOException {
    return Files.exists(serial) ? Files.readString(serial).lines().toList() : List.of();
  }

  private static void awaitLine(Child child, Path serial, String start)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (lines(serial).stream().noneMatch(line -> line.startsWith(start + " "))) {
      assertTrue(System.nanoTime() < end, () -> "the guest counts in time");
      assertFalse(child.hasEndedWithin(Duration.ofMillis(20).toNanos() / 1000), "the child lives");
    }
  }
}
