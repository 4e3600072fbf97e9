package dev.cairn.tests.guardian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tests.qemu.Firmware;
import dev.cairn.tests.qemu.Guest;
import dev.cairn.tests.qemu.Lab;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.guardian.Rescue;
import dev.cairn.tools.linux.Pidfd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A capture is killed, and stopped, in every state that has a name; its guest counts on. */
class GuardianTest {
  private static final int MAX_PAUSE_MILLIS = 2000;
  private static final Pattern AT =
      Pattern.compile("AT [A-Z0-9_]+ guardian ([0-9]+) guest ([a-z -]+) \\.");

  private final Path directory;

  GuardianTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private Guest start(String version) throws IOException, InterruptedException {
    Path disk = directory.resolve("disk.raw");
    Files.write(disk, new byte[1 << 20]);
    Guest guest =
        Guest.of(version)
            .firmware(Firmware.ofTheVectors().withPeriods(1).withPages(256))
            .options("-blockdev", "driver=file,node-name=f0,filename=" + disk)
            .options("-blockdev", "driver=raw,node-name=d0,file=f0")
            .options("-device", "virtio-blk-pci,drive=d0")
            .start();
    guest.execute("migrate-set-parameters", Map.of("downtime-limit", 250));
    guest.awaitCount(3);
    return guest;
  }

  private static List<State> states(String version) {
    return Arrays.stream(State.values())
        .filter(
            s ->
                switch (s.mode()) {
                  case STREAM, STOPPED -> true;
                  case COLO -> version.equals(Lab.QEMU_11); // it does not start in 10.0.2
                  case NAMED, UNNAMED -> false; // a real capture's: CaptureStatesTest
                })
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aGuestCountsOnAfterItsCaptureWasKilledInAnyState(String version)
      throws IOException, InterruptedException {
    everyState(version, Pidfd.SIGKILL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aGuestCountsOnAfterItsCaptureWasStoppedInAnyState(String version)
      throws IOException, InterruptedException {
    everyState(version, Pidfd.SIGSTOP);
  }

  private void everyState(String version, int signal) throws IOException, InterruptedException {
    try (Guest guest = start(version)) {
      List<String> before = settings(guest);
      for (State state : states(version)) {
        try (Sink sink = new Sink(guest, state)) {
          int count = guest.count();
          long begun = System.nanoTime();
          sink.handle.signal(signal);
          guest.awaitCount(count + 2);
          long ran = System.nanoTime() - begun;
          if (signal == Pidfd.SIGSTOP && !state.clock()) {
            assertTrue(sink.handle.isAlive(), "nobody kills a capture whose guest runs: " + state);
            sink.handle.signal(Pidfd.SIGKILL);
          }
          assertTrue(sink.handle.awaitEnd(Guest.PATIENCE), "the capture ends: " + state);
          assertTrue(sink.guardian.awaitEnd(Guest.PATIENCE), "the guardian ends: " + state);
          long rescued = System.nanoTime() - begun;
          System.out.printf(
              "%s %-7s %-4s (%s) guest counts after %d ms, all put back after %d ms%n",
              version,
              state,
              signal == Pidfd.SIGKILL ? "KILL" : "STOP",
              sink.guestIs,
              ran / 1_000_000,
              rescued / 1_000_000);
          assertFalse(Files.exists(sink.file.path()), () -> "attach file gone: " + sink.said());
          assertEquals(before, settings(guest), () -> state + ": " + sink.said());
          guest.awaitNextCount();
          guest.assertUnbroken();
        }
      }
    }
  }

  /** What a capture changes, and all else of that kind. */
  private static List<String> settings(Guest guest) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>();
    for (JsonNode each : guest.execute("query-migrate-capabilities", Map.of())) {
      all.add(each.toString());
    }
    all.add(guest.execute("query-migrate-parameters", Map.of()).toString());
    return all;
  }

  @Test
  void aGuardianThatDiedBetweenPausesIsReplaced() throws IOException, InterruptedException {
    try (Guest guest = start(Lab.QEMU_11)) {
      try (Sink sink = new Sink(guest, State.C6, SinkMain.KILL_GUARDIAN)) {
        assertTrue(sink.said().contains("has died or is stuck: starting one"), sink::said);
        int count = guest.count();
        sink.handle.signal(Pidfd.SIGKILL);
        guest.awaitCount(count + 2);
        assertTrue(sink.guardian.awaitEnd(Guest.PATIENCE), "the new guardian ends");
        assertFalse(Files.exists(sink.file.path()));
      }
    }
  }

  /** Neither Ctrl-C nor a hang-up of the capture's terminal is the guardian's. */
  @Test
  void aGuardianHasASessionOfItsOwnAndIgnoresSignals() throws IOException, InterruptedException {
    try (Guest guest = start(Lab.QEMU_10);
        Sink sink = new Sink(guest, State.S2)) {
      Path process = Path.of("/proc/" + sink.guardian.pid());
      String stat = Files.readString(process.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      assertEquals(Long.toString(sink.guardian.pid()), fields[2], "process group");
      assertEquals(Long.toString(sink.guardian.pid()), fields[3], "session");
      int hangUp = 1;
      int interrupt = 2;
      for (int signal : new int[] {hangUp, interrupt, Pidfd.SIGTERM}) {
        sink.guardian.signal(signal);
      }
      int count = guest.count();
      sink.handle.signal(Pidfd.SIGKILL);
      guest.awaitCount(count + 2);
      assertTrue(sink.guardian.awaitEnd(Guest.PATIENCE), "the guardian ends");
      assertFalse(Files.exists(sink.file.path()), "by its work, and not by a signal");
    }
  }

  /** A child that outlives a killed capture would be heard as that: it beats no heart. */
  @Test
  void noChildHoldsTheHeartbeat() throws IOException, InterruptedException {
    try (Guest guest = start(Lab.QEMU_10);
        Sink sink = new Sink(guest, State.S0, SinkMain.CHILD)) {
      Matcher matcher = Pattern.compile("CHILD ([0-9]+) \\.").matcher(sink.child.said());
      assertTrue(matcher.find(), sink::said);
      try (Pidfd child = Pidfd.open(Long.parseLong(matcher.group(1)))) {
        try {
          Path heartbeat =
              Files.readSymbolicLink(Path.of("/proc/" + sink.guardian.pid() + "/fd/0"));
          assertTrue(heartbeat.toString().startsWith("pipe:"), heartbeat::toString);
          assertFalse(open(child.pid()).contains(heartbeat));
          assertTrue(open(sink.handle.pid()).contains(heartbeat), "this test would see it");
          sink.handle.signal(Pidfd.SIGKILL);
          assertTrue(sink.guardian.awaitEnd(Guest.PATIENCE), "the guardian ends");
          assertTrue(child.isAlive(), "before the child");
          assertFalse(Files.exists(sink.file.path()));
        } finally {
          child.signal(Pidfd.SIGKILL);
        }
      }
    }
  }

  private static List<Path> open(long pid) throws IOException {
    List<Path> open = new ArrayList<>();
    try (var entries = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path entry : entries.toList()) {
        open.add(Files.readSymbolicLink(entry));
      }
    }
    return open;
  }

  /** It is told by the capture, and kills nobody, and holds nothing. */
  @Test
  void aRescueByHandOfALivingCaptureChangesNothing() throws IOException, InterruptedException {
    try (Guest guest = start(Lab.QEMU_10);
        Sink sink = new Sink(guest, State.S0)) {
      Rescue.Result result = Rescue.byHand(directory.resolve("store"), "vm", _ -> {});
      assertEquals(11, result.exit(), result::words);
      assertTrue(result.words().contains("another client holds"), result::words);
      assertTrue(sink.handle.isAlive());
      assertTrue(Files.exists(sink.file.path()));
    }
  }

  @Test
  void aGuardianThatDiesInAPauseEndsTheMigration() throws IOException, InterruptedException {
    try (Guest guest = start(Lab.QEMU_11);
        Sink sink = new Sink(guest, State.S2)) {
      int count = guest.count();
      sink.guardian.signal(Pidfd.SIGKILL);
      guest.awaitCount(count + 2);
      sink.child.awaitWord("LOST");
    }
  }

  @Test
  void ifBothDieAtOnceAStreamResumesByItself() throws IOException, InterruptedException {
    try (Guest guest = start(Lab.QEMU_10)) {
      List<String> before = settings(guest);
      try (Sink sink = new Sink(guest, State.S2)) {
        int count = guest.count();
        sink.guardian.signal(Pidfd.SIGKILL);
        sink.handle.signal(Pidfd.SIGKILL);
        guest.awaitCount(count + 2);
        assertTrue(Files.exists(sink.file.path()), "there is more to put back");
        Rescue.Result result = Rescue.byHand(directory.resolve("store"), "vm", _ -> {});
        assertEquals(0, result.exit(), result::words);
        assertFalse(Files.exists(sink.file.path()));
        assertEquals(before, settings(guest));
      }
    }
  }

  @Test
  void ifBothDieAtOnceColoNeedsARescueByHand() throws IOException, InterruptedException {
    try (Guest guest = start(Lab.QEMU_11)) {
      List<String> before = settings(guest);
      try (Sink sink = new Sink(guest, State.C7)) {
        sink.guardian.signal(Pidfd.SIGKILL);
        sink.handle.signal(Pidfd.SIGKILL);
        assertTrue(sink.handle.awaitEnd(Guest.PATIENCE));
        assertEquals("colo", guest.execute("query-status", Map.of()).path("status").asText());
        int count = guest.count();
        List<String> said = new ArrayList<>();
        Rescue.Result result = Rescue.byHand(directory.resolve("store"), "vm", said::add);
        System.out.println(result + " " + said);
        assertEquals(0, result.exit(), result::words);
        guest.awaitCount(count + 2);
        guest.assertUnbroken();
        assertEquals(before, settings(guest));
        Rescue.Result again = Rescue.byHand(directory.resolve("store"), "vm", said::add);
        assertEquals(0, again.exit());
        assertTrue(again.words().startsWith("nothing to rescue"), again::words);
      }
    }
  }

  /** A capture in a state. */
  private final class Sink implements AutoCloseable {
    final AttachFile file;
    final Child child;
    final Pidfd handle;
    final Pidfd guardian;
    final String guestIs;

    Sink(Guest guest, State state, String... more) throws IOException, InterruptedException {
      Path store = Files.createDirectories(directory.resolve("store"));
      file = AttachFile.of(store, "vm");
      List<String> arguments = new ArrayList<>();
      arguments.addAll(List.of(state.name(), store.toString(), guest.directory().toString()));
      arguments.add(Integer.toString(MAX_PAUSE_MILLIS));
      arguments.addAll(List.of(more));
      child =
          Child.java(
              directory, List.of("-Xmx64m"), SinkMain.class, arguments.toArray(String[]::new));
      Pidfd opened = null;
      try {
        child.awaitWord("AT ");
        child.awaitWord(" guest ");
        child.awaitWord(" .");
        Matcher matcher = AT.matcher(child.said());
        assertTrue(matcher.find(), child.said());
        opened = Pidfd.open(Long.parseLong(matcher.group(1)));
        guestIs = matcher.group(2);
        handle = Pidfd.open(child.pid());
      } catch (IOException | InterruptedException | AssertionError e) {
        child.close();
        if (opened != null) {
          opened.close();
        }
        throw e;
      }
      guardian = opened;
    }

    String said() {
      try {
        return child.said();
      } catch (IOException e) {
        return e.toString();
      }
    }

    @Override
    public void close() throws IOException {
      guardian.signal(Pidfd.SIGKILL);
      child.close();
      guardian.close();
      handle.close();
    }
  }
}
