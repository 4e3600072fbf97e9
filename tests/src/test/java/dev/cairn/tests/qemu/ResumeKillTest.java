package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.Settings;
import dev.cairn.tests.VectorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
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

  private Child source(Guest guest) throws IOException {
    return Child.cairn(
        directory,
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

  private static boolean isRunning(Guest guest) throws IOException, InterruptedException {
    return guest.isAlive() && guest.execute("query-status", Map.of()).path("running").asBoolean();
  }

  private static void assertCountsOn(Guest guest) throws IOException, InterruptedException {
    guest.awaitCount(FIRST_COUNT + 2);
    guest.awaitNextCount();
    assertEquals(FIRST_COUNT, guest.counts().getFirst(), guest.said());
    guest.assertUnbroken();
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
      assertFalse(said.contains("Exception"), said);
      System.out.println(version + ": " + said.strip());
    }
  }
}
