package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The pauses of mode shared are disturbed: by the death of the capture, and by others that have a
 * monitor. A command for the disks holds the guest paused, when all of it was copied.
 */
class SharedKillTest {
  private final Path directory;
  private final Captured captured;
  private final Path paused;

  SharedKillTest(@TempDir Path directory) {
    this.directory = directory;
    this.captured = new Captured(directory);
    this.paused = directory.resolve("paused");
  }

  private GuestSetup setup(String version, String kind) {
    return captured.shared(Guest.of(version), kind);
  }

  /** Captures with a pause of some seconds; returns in the first one that is no stream's. */
  private Child captureToAPause(Guest guest, String... more)
      throws IOException, InterruptedException {
    Path quick = directory.resolve("quick");
    Path script = directory.resolve("slow.sh");
    Files.deleteIfExists(paused);
    Files.writeString(quick, "");
    Files.writeString(
        script,
        "#!/bin/sh\n"
            + ("if test -e '" + quick + "'; then rm '" + quick + "'; else\n")
            + ("touch '" + paused + "'; sleep 5; fi\necho '{}'\n"));
    assertTrue(script.toFile().setExecutable(true));
    String[] words = {
      "--mode", "shared", "--every", "100ms", "--disk-snapshot-command", script.toString()
    };
    String[] all = new String[words.length + more.length];
    System.arraycopy(words, 0, all, 0, words.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    Child child = captured.capture(guest, all);
    boolean done = false;
    try {
      Captured.await(paused, child);
      done = true;
      return child;
    } finally {
      if (!done) {
        child.close();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"qemu11,file", "qemu10,file", "qemu11,memfd", "qemu10,memfd"})
  void aGuestCountsOnAfterItsCaptureWasKilledOrStopped(String version, String kind)
      throws IOException, InterruptedException {
    try (Guest guest = setup(version, kind).start()) {
      Map<String, JsonNode> before = Captured.settings(guest);
      guest.awaitCount(1);
      for (int signal : new int[] {Pidfd.SIGKILL, Pidfd.SIGSTOP}) {
        try (Child child = captureToAPause(guest, "--max-pause", "2s");
            Pidfd capture = Pidfd.open(child.pid())) {
          int count = guest.count();
          long begun = System.nanoTime();
          capture.signal(signal);
          guest.awaitCount(count + 2);
          System.out.printf(
              "%s %s %s: guest counts after %d ms%n",
              version,
              kind,
              signal == Pidfd.SIGKILL ? "KILL" : "STOP",
              (System.nanoTime() - begun) / 1_000_000);
          awaitRescued();
          if (signal == Pidfd.SIGSTOP && capture.isAlive()) {
            // The socket alone has freed the guest, and who holds QMP was ended for that only.
            capture.signal(Pidfd.SIGKILL);
          }
          assertTrue(capture.awaitEnd(Guest.PATIENCE), "the capture ends");
        }
        assertEquals(before, Captured.settings(guest));
        guest.awaitNextCount();
        guest.assertUnbroken();
      }
    }
    captured.cairn().run(0, "verify");
    assertTrue(captured.countsFrom("vm@latest", setup(version, kind)) > 0);
  }

  private void awaitRescued() throws InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (Files.exists(directory.resolve("store/run/capture-vm.json"))) {
      assertTrue(System.nanoTime() < end, "all is put back in time");
      Thread.sleep(20);
    }
  }

  /** Where {@code stop} was ours QEMU does not start it by itself any more. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "memfd"})
  void aGuestThatIsResetInAPauseGoesOn(String kind) throws IOException, InterruptedException {
    Path second = directory.resolve("q2");
    try (Guest guest =
        setup("qemu11", kind).options("-qmp", "unix:" + second + ",server=on,wait=off").start()) {
      guest.awaitCount(3);
      try (Child child = captureToAPause(guest);
          Qmp qmp = Qmp.connect(second, Guest.PATIENCE)) {
        qmp.execute("system_reset", Map.of(), Guest.PATIENCE);
        Files.writeString(directory.resolve("quick"), ""); // for the next one
        int points = Captured.points(child).size();
        Captured.awaitPoints(child, points + 1);
        child.terminate();
        child.await(143);
        String status =
            qmp.execute("query-status", Map.of(), Guest.PATIENCE).path("status").asText();
        assertEquals("running", status, child.said());
      }
      guest.awaitNextCount();
      assertFalse(Files.exists(directory.resolve("store/run/capture-vm.json")));
    }
    captured.cairn().run(0, "verify");
    assertTrue(captured.countsFrom("vm@latest", setup("qemu11", kind)) > 0);
  }

  /** The guardian's part of the same. */
  @ParameterizedTest
  @ValueSource(ints = {Pidfd.SIGKILL, Pidfd.SIGSTOP})
  void aGuestThatWasResetInAPauseGoesOnWithoutItsCapture(int signal)
      throws IOException, InterruptedException {
    Path second = directory.resolve("q2");
    try (Guest guest =
        setup("qemu10", "memfd")
            .options("-qmp", "unix:" + second + ",server=on,wait=off")
            .start()) {
      guest.awaitCount(1);
      try (Child child = captureToAPause(guest, "--max-pause", "2s");
          Pidfd capture = Pidfd.open(child.pid());
          Qmp qmp = Qmp.connect(second, Guest.PATIENCE)) {
        qmp.execute("system_reset", Map.of(), Guest.PATIENCE);
        capture.signal(signal);
        awaitRescued();
        String status =
            qmp.execute("query-status", Map.of(), Guest.PATIENCE).path("status").asText();
        assertEquals("running", status, child.said());
        assertTrue(capture.awaitEnd(Guest.PATIENCE), "the capture ends");
      }
    }
  }
}
