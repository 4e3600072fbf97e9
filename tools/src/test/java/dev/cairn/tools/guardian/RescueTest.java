package dev.cairn.tools.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.capture.AttachFile.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole rescues of a QEMU that is simulated, in its own time. */
class RescueTest {
  private final AttachFile file;
  private final Path store;
  private final List<String> said = new ArrayList<>();

  RescueTest(@TempDir Path directory) {
    store = directory;
    file = AttachFile.of(directory, "vm");
  }

  private static AttachFile.Content content(String mode, Phase phase) {
    return new AttachFile.Content(
        "vm",
        mode,
        phase,
        Path.of("/run/vm/qmp"),
        0,
        0,
        "cairn",
        2000,
        JsonNodeFactory.instance.objectNode().put("x-colo", false).put("events", true),
        JsonNodeFactory.instance.objectNode().put("max-bandwidth", 7).put("tls-creds", ""),
        List.of());
  }

  private Rescue rescue(FakeQemu qemu, String mode, Phase phase) throws IOException {
    file.write(content(mode, phase));
    return new Rescue(file, said::add, qemu, qemu).within(Duration.ofMinutes(5));
  }

  private void assertRuns(FakeQemu qemu, Rescue.Result result) throws IOException {
    assertEquals(0, result.exit(), result::words);
    assertEquals("running", qemu.seen().runState(), result::words);
    assertEquals(Map.of("x-colo", false, "events", true), qemu.capabilities);
    assertEquals("[max-bandwidth, tls-creds]", qemu.parameters.keySet().toString());
    assertTrue(file.read().isEmpty(), "all is put back");
  }

  @Test
  void aStreamResumesByItselfAndNothingIsSent() throws IOException {
    FakeQemu qemu =
        new FakeQemu("device", "finish-migrate")
            .then(3, "failed", "finish-migrate")
            .then(6, "failed", "running");
    assertRuns(qemu, rescue(qemu, "stream", Phase.MIGRATING).run());
    assertEquals(
        List.of("closefd", "migrate-set-capabilities", "migrate-set-parameters"), qemu.executed);
  }

  @Test
  void aPauseOfColoIsEnded() throws IOException {
    FakeQemu qemu = new FakeQemu("colo", "colo");
    assertRuns(qemu, rescue(qemu, "colo", Phase.MIGRATING).run());
    assertEquals("x-colo-lost-heartbeat", qemu.executed.getFirst());
  }

  @Test
  void aMigrationThatHangsIsCancelled() throws IOException {
    FakeQemu qemu = new FakeQemu("active", "running");
    assertRuns(qemu, rescue(qemu, "stream", Phase.MIGRATING).run());
    assertEquals("migrate_cancel", qemu.executed.getFirst());
  }

  @Test
  void aStopIsContinued() throws IOException {
    FakeQemu qemu = new FakeQemu("none", "paused");
    assertRuns(qemu, rescue(qemu, "shared", Phase.STOPPED).run());
    assertEquals("cont", qemu.executed.getFirst());
  }

  @Test
  void aColoThatNeverBeganIsContinued() throws IOException {
    FakeQemu qemu = new FakeQemu("completed", "postmigrate");
    assertRuns(qemu, rescue(qemu, "colo", Phase.MIGRATING).run());
  }

  @Test
  void whatWasNotBegunSinceTheGuestRanIsSomebodyElses() throws IOException {
    FakeQemu away = new FakeQemu("completed", "postmigrate");
    Rescue.Result left = rescue(away, "stream", Phase.MIGRATING).idle(true).run();
    assertEquals(0, left.exit());
    assertFalse(away.executed.contains("cont"));
    assertTrue(left.words().contains("migrated this machine away"), left::words);

    FakeQemu active = new FakeQemu("active", "running");
    Rescue.Result others = rescue(active, "stream", Phase.MIGRATING).idle(true).run();
    assertEquals(11, others.exit());
    assertEquals(List.of(), active.executed);
    assertTrue(file.read().isPresent(), "what Cairn changed can be put back later");
    assertTrue(others.words().contains("capture vm --rescue"), others::words);

    FakeQemu stopped = new FakeQemu("failed", "paused");
    Rescue.Result paused = rescue(stopped, "shared", Phase.STOPPED).idle(true).run();
    assertEquals(0, paused.exit());
    assertEquals("paused", stopped.seen().runState());
  }

  @Test
  void coloGoesOnWhileItsGuestRuns() throws IOException {
    FakeQemu qemu = new FakeQemu("colo", "running");
    assertRuns(qemu, rescue(qemu, "colo", Phase.MIGRATING).idle(true).run());
  }

  @Test
  void aStuckCaptureIsKilledOnlyIfItHoldsQmpForLong() throws IOException {
    for (long busyMillis : new long[] {0, 300, 499, 501, 60_000}) {
      FakeQemu qemu = new FakeQemu("colo", "colo").busyFor(busyMillis);
      boolean[] killed = {false};
      Rescue rescue =
          rescue(qemu, "colo", Phase.MIGRATING)
              .with(
                  () -> {
                    killed[0] = true;
                    qemu.free();
                    return true;
                  });
      assertRuns(qemu, rescue.run());
      assertEquals(busyMillis > 500, killed[0], () -> busyMillis + " ms");
    }
  }

  @Test
  void aQemuThatListensALittleLaterCostsNobodyHisLife() throws IOException {
    FakeQemu qemu = new FakeQemu("colo", "colo").absentFor(2);
    Rescue rescue =
        rescue(qemu, "colo", Phase.MIGRATING)
            .with(
                () -> {
                  throw new AssertionError("killed");
                });
    assertRuns(qemu, rescue.run());
  }

  /** A migrate of ours may be on its way when the capture dies. */
  @Test
  void runningIsBelievedOnlyWhenItWasReadTwice() throws IOException {
    FakeQemu qemu = new FakeQemu("none", "running").then(50, "colo", "colo");
    assertRuns(qemu, rescue(qemu, "colo", Phase.MIGRATING).run());
    assertEquals("x-colo-lost-heartbeat", qemu.executed.getFirst());
  }

  @Test
  void itSaysEachMinuteWhatHelpsByHand() throws IOException {
    FakeQemu qemu = new FakeQemu("colo", "colo").busyFor(200_000);
    assertRuns(qemu, rescue(qemu, "colo", Phase.MIGRATING).run());
    assertEquals(3, said.size(), said::toString);
    String line = "cairn --store " + store + " capture vm --rescue";
    assertTrue(said.getFirst().endsWith(line), said::toString);
  }

  @Test
  void itGivesUpByHandAfterItsPatience() throws IOException {
    FakeQemu qemu = new FakeQemu("colo", "colo").busyFor(200_000);
    Rescue.Result result =
        rescue(qemu, "colo", Phase.MIGRATING).within(Duration.ofSeconds(30)).run();
    assertEquals(11, result.exit());
    assertTrue(result.words().contains("kill -KILL"), result::words);
    assertTrue(file.read().isPresent());
  }

  @Test
  void aConnectionThatIsLostIsMadeAgain() throws IOException {
    FakeQemu qemu = new FakeQemu("colo", "colo").losing(3);
    assertRuns(qemu, rescue(qemu, "colo", Phase.MIGRATING).run());
  }

  @Test
  void aGuestThatBrokeIsLeftAndToldAndSettingsArePutBack() throws IOException {
    FakeQemu qemu = new FakeQemu("failed", "internal-error");
    Rescue.Result result = rescue(qemu, "stream", Phase.MIGRATING).run();
    assertEquals(7, result.exit());
    assertFalse(qemu.executed.contains("cont"));
    assertEquals(2, qemu.capabilities.size());
    assertTrue(file.read().isEmpty());
  }

  @Test
  void aGuestThatBrokeInColoIsNotStartedByTheEndOfColo() throws IOException {
    FakeQemu qemu = new FakeQemu("colo", "io-error");
    Rescue.Result result = rescue(qemu, "colo", Phase.MIGRATING).run();
    assertEquals(7, result.exit());
    assertEquals(List.of(), qemu.executed);
    assertTrue(file.read().isPresent());
  }

  @Test
  void whatQemuDoesNotTakeBackIsTold() throws IOException {
    FakeQemu qemu = new FakeQemu("failed", "running");
    qemu.stubborn.addAll(List.of("events", "tls-creds"));
    Rescue.Result result = rescue(qemu, "stream", Phase.MIGRATING).run();
    assertEquals(1, result.exit());
    assertTrue(result.words().contains("[events true, tls-creds]"), result::words);
    assertEquals(Map.of("x-colo", false), qemu.capabilities);
    assertEquals("[max-bandwidth]", qemu.parameters.keySet().toString());
  }

  @Test
  void nothingToDoIsFine() throws IOException {
    FakeQemu qemu = new FakeQemu("none", "running");
    Rescue.Result result = new Rescue(file, said::add, qemu, qemu).run();
    assertEquals(0, result.exit());
    assertTrue(result.words().startsWith("nothing to rescue"), result::words);
    assertEquals(0, Rescue.byHand(store.resolve("no-store"), "vm", said::add).exit());
  }

  @Test
  void aQemuThatHasEndedNeedsNoRescue() throws IOException, InterruptedException {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    AttachFile.Content gone = content("colo", Phase.MIGRATING);
    file.write(
        new AttachFile.Content(
            gone.chain(),
            gone.mode(),
            gone.phase(),
            gone.qmp(),
            ended.pid(),
            1,
            gone.descriptorName(),
            gone.maxPauseMillis(),
            gone.capabilities(),
            gone.parameters(),
            gone.overlays()));
    Rescue.Result result = Rescue.byHand(store, "vm", said::add);
    assertEquals(0, result.exit());
    assertTrue(result.words().contains("has ended"), result::words);
    assertTrue(file.read().isEmpty());
  }

  /** What was known before helps where the file cannot be read any more. */
  @Test
  void aFileThatSpoilsMeanwhileDoesNotKeepTheGuestPaused() throws IOException {
    FakeQemu qemu = new FakeQemu("colo", "colo");
    Rescue rescue = rescue(qemu, "colo", Phase.MIGRATING);
    Files.writeString(file.path(), "{");
    rescue.knowing(content("colo", Phase.MIGRATING));
    assertRuns(qemu, rescue.run());
  }

  /** Any state of ours, with QEMU going on or not: the guest runs in the end, or it is told. */
  @Test
  void everyStateEndsWithAGuestThatRunsOrWithWords() throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("rescues: -Dtests.seed=" + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      String migration = pick(random, RescuePlanTest.MIGRATIONS);
      String runState = pick(random, RescuePlanTest.RUN_STATES);
      String mode = pick(random, List.of("colo", "stream", "shared"));
      Phase phase = pick(random, List.of(Phase.values()));
      FakeQemu qemu = new FakeQemu(migration, runState).busyFor(random.nextInt(3000));
      Rescue.Result result = rescue(qemu, mode, phase).within(Duration.ofMinutes(2)).run();
      String round1 = mode + " " + phase + " " + migration + " " + runState + ": " + result;
      assertFalse(result.words().isEmpty(), round1);
      boolean done = result.exit() == 0;
      boolean runs = qemu.seen().runState().equals("running");
      assertTrue(runs || !done || result.words().contains("left so") || isAsleep(qemu), round1);
      assertEquals(done, qemu.capabilities.size() == 2 && !isLost(result), round1);
    }
  }

  private static boolean isLost(Rescue.Result result) {
    return result.exit() == 7;
  }

  private static boolean isAsleep(FakeQemu qemu) {
    return qemu.seen().runState().equals("suspended");
  }

  private static <T> T pick(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
