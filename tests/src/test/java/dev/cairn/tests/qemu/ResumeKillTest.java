package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.Settings;
import dev.cairn.tests.VectorStore;
import dev.cairn.tools.Cairn;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The source of a postcopy is killed at any moment: before its guest runs nothing is lost, after
 * that another source goes on. The destination is killed: that is told.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResumeKillTest {
  private static final int ROUNDS = 10;
  private static final int FIRST_COUNT = 6;

  /** Slow, so that there is something to kill: all takes some two seconds. */
  private static final String RATE = "350K";

  /** From the connection to the likely end. */
  private static final int SPAN_MICROS = 2_500_000;

  /** From the connection to where the guest runs, or a little more. */
  private static final int START_MICROS = 15_000;

  private Path directory = Path.of("");
  private Path store = Path.of("");
  private Cli cli = new Cli(store);
  private @Nullable VectorStore vectors;

  @BeforeAll
  void makeStore(@TempDir Path temporary) throws IOException, InterruptedException {
    directory = temporary;
    VectorStore made = new VectorStore(temporary);
    store = made.path();
    cli = made.cli();
    vectors = made;
  }

  private static Guest destination(String version) throws IOException, InterruptedException {
    return Guest.of(version).incoming("defer").start();
  }

  /** What a killed process leaves lies in the test's directory. */
  private Child cairn(String... words) throws IOException {
    return Child.java(directory, List.of("-Djava.io.tmpdir=" + directory), Cairn.class, words);
  }

  private Child source(Guest guest) throws IOException {
    return cairn(
        "--store",
        store.toString(),
        "resume",
        "vm@1",
        "--postcopy",
        "--limit-rate",
        RATE,
        "--qmp",
        "unix:" + guest.socket());
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aKilledSourceIsStartedAgainOrAnotherGoesOn(String version)
      throws IOException, InterruptedException {
    long seed = Settings.seed();
    Random random = new Random(seed);
    Map<String, Integer> ends = new TreeMap<>();
    for (int round = 0; round < ROUNDS * Settings.soak(); round++) {
      boolean early = random.nextInt(3) == 0;
      int micros = random.nextInt(early ? START_MICROS : SPAN_MICROS);
      try (Guest guest = destination(version)) {
        boolean ended;
        try (Child child = source(guest)) {
          child.awaitWord("feeding");
          ended = child.hasEndedWithin(micros);
          child.kill();
        }
        String how = ended ? "completed" : goOn(version, guest);
        ends.merge(how, 1, Integer::sum);
        if (!how.equals("it had all")) {
          assertNothingIsHeld();
        }
        System.out.println(version + " killed after " + micros / 1000 + " ms: " + how);
      }
    }
    System.out.println(version + " " + ends);
  }

  /** Does what a person would do, and tells what that was. */
  private String goOn(String version, Guest guest) throws IOException, InterruptedException {
    Cli.Said said =
        cli.attempt("--json", "resume", "vm@1", "--recover", "--qmp", "unix:" + guest.socket());
    if (said.exit() == 0) {
      assertCountsOn(guest);
      return "recovered, " + (said.json().path("pages").asInt() > 0 ? "pages" : "zero pages");
    }
    if (said.exit() == 6 && isRunning(guest)) {
      assertCountsOn(guest);
      return "it had all";
    }
    if (said.exit() == 6) {
      assertTrue(said.errors().contains("nothing is lost"), said.errors());
      if (guest.isAlive()) {
        Cli.Said again =
            cli.attempt("resume", "vm@1", "--postcopy", "--qmp", "unix:" + guest.socket());
        if (again.exit() == 0) {
          assertCountsOn(guest);
          return "begun again with the same QEMU";
        }
      }
    }
    // A destination whose source died before its guest ran ends by itself.
    guest.await();
    assertEquals(0, guest.lines().size(), () -> "the guest never ran: " + said);
    try (Guest another = destination(version)) {
      cli.run(0, "resume", "vm@1", "--postcopy", "--qmp", "unix:" + another.socket());
      assertCountsOn(another);
    }
    return "begun again with another QEMU";
  }

  /** Also what a killed source held is let go when another has come to the end. */
  private void assertNothingIsHeld() {
    assertEquals(0, cli.json(0, "show", "vm@1").path("holds").size());
  }

  private static boolean isRunning(Guest guest) throws IOException, InterruptedException {
    return guest.isAlive() && guest.execute("query-status", Map.of()).path("running").asBoolean();
  }

  private static void assertCountsOn(Guest guest) throws IOException, InterruptedException {
    guest.awaitCount(FIRST_COUNT + 2);
    guest.awaitNextCount();
    assertEquals(FIRST_COUNT, guest.counts().getFirst(), guest.said());
    guest.assertUnbroken();
  }

  /** A destination with a monitor for others. */
  private Guest watched(String version, String incoming) throws IOException, InterruptedException {
    String second = "unix:" + directory.resolve(version) + ",server=on,wait=off";
    Files.deleteIfExists(directory.resolve(version));
    return Guest.of(version).options("-qmp", second).incoming(incoming).start();
  }

  private Qmp secondMonitor(Guest guest, String version) throws IOException, InterruptedException {
    return guest.qmp(directory.resolve(version));
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aLinkThatDiesIsReplacedByTheSameSource(String version)
      throws IOException, InterruptedException {
    try (Guest guest = watched(version, "defer");
        Qmp qmp = secondMonitor(guest, version);
        Child child = source(guest)) {
      guest.awaitCount(FIRST_COUNT);
      Cli.Said other = cli.attempt("resume", "vm@1", "--to", "unix:" + directory.resolve("none"));
      String runs = "its machine runs already (process " + child.pid() + " resumes it)";
      assertTrue(other.errors().contains(runs), other.errors());
      for (int cuts = 1; cuts <= 3; cuts++) {
        qmp.executeOutOfBand("migrate-pause", Map.of(), Guest.PATIENCE);
        int due = cuts;
        awaitSaid(child, said -> said.split("goes on", -1).length > due);
      }
      String said = child.await(0);
      assertTrue(said.contains("recovered 3 times"), said);
      assertCountsOn(guest);
    }
  }

  /** The source's host is lost, and its store with it. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void anotherHostThatHasTheChainGoesOn(String version) throws IOException, InterruptedException {
    Cli there = new Cli(directory.resolve("there-" + version));
    there.run(0, "init");
    cli.run(0, "copy", "vm", "--to", directory.resolve("there-" + version).toString());
    try (Guest guest = destination(version)) {
      try (Child child = source(guest)) {
        guest.awaitCount(FIRST_COUNT);
        child.kill();
      }
      there.run(0, "resume", "vm@1", "--recover", "--qmp", "unix:" + guest.socket());
      assertCountsOn(guest);
    }
  }

  private int holds() {
    return cli.json(0, "show", "vm@1").path("holds").size();
  }

  /** Without QMP nobody can tell the destination to listen again; a person does. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void withoutQmpItIsSaidHowToGoOn(String version) throws IOException, InterruptedException {
    Path place = Files.createTempDirectory("cr");
    String address = "unix:" + place.resolve("in");
    int before = holds(); // of sources that were killed, and that nobody here went on from
    try (Guest guest = watched(version, "defer");
        Qmp qmp = secondMonitor(guest, version)) {
      Map<String, Object> on = Map.of("capability", "postcopy-ram", "state", true);
      qmp.execute("migrate-set-capabilities", Map.of("capabilities", List.of(on)), Guest.PATIENCE);
      qmp.execute("migrate-incoming", Map.of("uri", address), Guest.PATIENCE);
      String[] words = {
        "--store", store.toString(), "resume", "vm@1", "--to", address, "--limit-rate", RATE
      };
      try (Child child =
          cairn(Stream.concat(Stream.of(words), Stream.of("--postcopy")).toArray(String[]::new))) {
        guest.awaitCount(FIRST_COUNT);
        qmp.executeOutOfBand("migrate-pause", Map.of(), Guest.PATIENCE);
        String said = child.await(3);
        assertEquals(before + 1, holds(), "it is kept");
        assertTrue(said.contains("not checked, as there is no --qmp"), said);
        assertTrue(said.contains("cairn resume vm@1 --recover --to " + address), said);
        assertFalse(said.contains("Exception"), said);
        System.out.println(version + ": " + said.strip());
      }
      qmp.executeOutOfBand("migrate-recover", Map.of("uri", address), Guest.PATIENCE);
      JsonNode done = cli.json(0, "resume", "vm@1", "--recover", "--to", address);
      assertTrue(done.path("zeroPages").asInt() < 16_378, done.toString());
      assertCountsOn(guest);
      assertNothingIsHeld();
    } finally {
      Guest.delete(place);
    }
  }

  /** A file that is damaged is found when its page is needed; the guest waits until it is whole. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aDamagedPageDoesNotCostTheGuest(String version) throws IOException, InterruptedException {
    Path file = Objects.requireNonNull(vectors).file(1);
    try (Guest guest = destination(version)) {
      VectorStore.flip(file);
      try (Child child = source(guest)) {
        String said = child.await(4);
        assertTrue(said.contains("the destination waits"), said);
        assertFalse(said.contains("Exception"), said);
        System.out.println(version + ": " + said.strip());
      } finally {
        VectorStore.flip(file);
      }
      cli.run(0, "resume", "vm@1", "--recover", "--qmp", "unix:" + guest.socket());
      assertCountsOn(guest);
      assertNothingIsHeld();
    }
  }

  private static void awaitSaid(Child child, Predicate<String> wanted)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (!wanted.test(child.said())) {
      assertTrue(System.nanoTime() < end && !child.hasEndedWithin(20_000), child.said());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aKilledDestinationIsALossThatIsTold(String version)
      throws IOException, InterruptedException {
    try (Guest guest = destination(version);
        Child child = source(guest)) {
      guest.awaitCount(FIRST_COUNT);
      guest.kill();
      String said = child.await(7);
      assertTrue(said.contains("lost"), said);
      assertNothingIsHeld();
      assertFalse(said.contains("Exception"), said);
      System.out.println(version + ": " + said.strip());
    }
  }
}
