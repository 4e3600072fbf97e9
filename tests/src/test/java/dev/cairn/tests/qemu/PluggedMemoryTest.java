package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.tests.Child;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Memory that a running machine gets: a DIMM. Its backend is there from the start, as object-add
 * while a migration begins is the end of a QEMU 11 with TCG; and the machine's own memory comes
 * first, as a QEMU with TCG ends at a migration of what is longer than its first block.
 */
class PluggedMemoryTest {
  private static final String DIMM_BYTES = "33554432";

  private final Path directory;
  private final Captured captured;

  PluggedMemoryTest(@TempDir Path directory) {
    this.directory = directory;
    this.captured = new Captured(directory);
  }

  private GuestSetup pluggable(String version, String kind) {
    GuestSetup guest = Guest.of(version);
    GuestSetup with =
        kind.equals("private")
            ? guest
                .machine("pc-q35-10.0,memory-backend=m")
                .options("-object", "memory-backend-ram,id=m,size=64M")
            : captured.shared(guest, kind);
    return with.options("-m", "64,slots=2,maxmem=256M")
        .options("-object", "memory-backend-ram,id=more,size=32M")
        .options("-qmp", "unix:" + directory.resolve("q2") + ",server=on,wait=off");
  }

  private static GuestSetup plugged(GuestSetup pluggable) {
    return pluggable.options("-device", "pc-dimm,id=dimm,memdev=more");
  }

  /** What is plugged in while a capture goes on is in the points from then on. */
  @ParameterizedTest
  @CsvSource({
    "qemu10,stream,private",
    "qemu11,stream,private",
    "qemu11,shared,file",
    "qemu11,shared,memfd"
  })
  void memoryThatIsPluggedInIsCaptured(String version, String mode, String kind)
      throws IOException, InterruptedException {
    int points;
    try (Guest guest = pluggable(version, kind).start();
        Child child = captured.capture(guest, "--mode", mode, "--every", "200ms");
        Qmp qmp = guest.qmp(directory.resolve("q2"))) {
      Captured.awaitPoints(child, 3);
      plug(qmp);
      points = Captured.points(child).size();
      Captured.awaitPoints(child, points + 6);
      child.terminate();
      child.await(143);
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
    captured.cairn().run(0, "verify");
    assertEquals("", dimm("vm@0"));
    assertEquals("", dimm("vm@" + (points - 1)));
    int first = points; // some may have been on their way to the store
    while (first < points + 6 && dimm("vm@" + first).isEmpty()) {
      first++;
    }
    System.out.println(version + " " + mode + " plugged at " + points + ", in from " + first);
    for (int point = first; point < points + 6; point++) {
      assertEquals(DIMM_BYTES, dimm("vm@" + point));
    }
    assertEquals(DIMM_BYTES, dimm("vm@latest"));
    assertEquals(blocks("vm@0") + 1, blocks("vm@latest"));
    int before = captured.countsFrom("vm@" + (points - 1), pluggable(version, kind));
    int after = captured.countsFrom("vm@" + first, plugged(pluggable(version, kind)));
    int last = captured.countsFrom("vm@latest", plugged(pluggable(version, kind)));
    assertTrue(before <= after && after < last, before + ", " + after + ", " + last);
  }

  /** A QEMU that makes checkpoints takes no device; what is plugged in later is captured later. */
  @Test
  void whereCheckpointsAreMadeMemoryIsPluggedInBetweenTwoCaptures()
      throws IOException, InterruptedException {
    String version = "qemu11";
    try (Guest guest = pluggable(version, "private").start();
        Qmp qmp = guest.qmp(directory.resolve("q2"))) {
      try (Child child = captured.capture(guest, "--mode", "colo", "--every", "200ms")) {
        Captured.awaitPoints(child, 3);
        assertThrows(QmpException.class, () -> deviceAdd(qmp));
        Captured.awaitPoints(child, Captured.points(child).size() + 3);
        child.terminate();
        child.await(143);
      }
      int points = captured.cairn().json(0, "list", "vm").path("points").size();
      deviceAdd(qmp);
      try (Child child =
          captured.capture(guest, "--mode", "colo", "--every", "200ms", "--count", "4")) {
        child.await(0);
      }
      guest.awaitNextCount();
      guest.assertUnbroken();
      assertEquals("", dimm("vm@" + (points - 1)));
      assertEquals(DIMM_BYTES, dimm("vm@" + points));
    }
    captured.cairn().run(0, "verify");
    int before = captured.countsFrom("vm@0", pluggable(version, "private"));
    int after = captured.countsFrom("vm@latest", plugged(pluggable(version, "private")));
    assertTrue(before < after, before + " before " + after);
  }

  private static void deviceAdd(Qmp qmp) throws IOException {
    Map<String, ?> dimm = Map.of("driver", "pc-dimm", "id", "dimm", "memdev", "more");
    qmp.execute("device_add", dimm, Guest.PATIENCE);
  }

  /** QEMU refuses it while a migration is under way. */
  private static void plug(Qmp qmp) throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    while (true) {
      try {
        deviceAdd(qmp);
        return;
      } catch (QmpException e) {
        assertTrue(System.nanoTime() < end, e::getMessage);
        Thread.sleep(1);
      }
    }
  }

  /** What QEMU itself ends at is refused before anything is changed; its guest runs on. */
  @ParameterizedTest
  @CsvSource({"qemu10", "qemu11"})
  void aMachineWhoseQemuEndsAtAMigrationIsRefused(String version)
      throws IOException, InterruptedException {
    try (Guest guest =
        Guest.of(version)
            .options("-m", "64,slots=2,maxmem=256M")
            .options("-object", "memory-backend-ram,id=more,size=32M")
            .start()) {
      guest.awaitCount(1);
      try (Child child = captured.capture(guest, "--mode", "stream", "--count", "1")) {
        String said = child.await(6);
        assertTrue(said.contains("found pc.ram; QEMU itself ends"), said);
      }
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
  }

  private JsonNode shown(String point) {
    return captured.cairn().json(0, "show", point).path("blocks");
  }

  private int blocks(String point) {
    return shown(point).size();
  }

  /** Returns the length of the block of the DIMM; nothing if there is none. */
  private String dimm(String point) {
    for (JsonNode block : shown(point)) {
      if (block.path("name").asText().endsWith("more")) {
        return block.path("length").asText();
      }
    }
    return "";
  }
}
