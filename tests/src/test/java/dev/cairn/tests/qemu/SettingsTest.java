package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.qmp.Preflight;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.QmpException;
import dev.cairn.tools.qmp.SavedSettings;
import dev.cairn.tools.qmp.WantedSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is changed at a QEMU is put back; what cannot be captured is refused before. */
class SettingsTest {
  private final Path directory;

  SettingsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static List<JsonNode> settings(Qmp qmp) throws IOException {
    return List.of(
        qmp.execute("query-migrate-capabilities", Map.of(), Guest.PATIENCE),
        qmp.execute("query-migrate-parameters", Map.of(), Guest.PATIENCE));
  }

  private static boolean capability(Qmp qmp, String name) throws IOException {
    for (JsonNode each : settings(qmp).getFirst()) {
      if (each.path("capability").asText().equals(name)) {
        return each.path("state").asBoolean();
      }
    }
    throw new AssertionError("no capability " + name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void exactlyWhatDiffersIsSetAndPutBack(String version) throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start();
        Qmp qmp = guest.qmp()) {
      // As another user of this QEMU has left it.
      qmp.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "xbzrle", "state", true))),
          Guest.PATIENCE);
      qmp.execute("migrate-set-parameters", Map.of("downtime-limit", 77), Guest.PATIENCE);
      List<JsonNode> before = settings(qmp);
      WantedSettings wanted =
          WantedSettings.plain().on("return-path").with("x-checkpoint-delay", 3_600_000L);
      SavedSettings saved = SavedSettings.plan(qmp, wanted, Guest.PATIENCE);
      assertEquals(before, settings(qmp), "a plan changes nothing");
      assertEquals(
          Set.of("xbzrle", "return-path", "max-bandwidth", "x-checkpoint-delay"),
          Set.copyOf(saved.changed()));
      assertEquals(4, saved.changed().size());
      saved.apply(qmp, Guest.PATIENCE);
      assertTrue(capability(qmp, "return-path"));
      assertEquals(false, capability(qmp, "xbzrle"));
      assertEquals(1L << 40, settings(qmp).getLast().path("max-bandwidth").asLong());
      assertEquals(77, settings(qmp).getLast().path("downtime-limit").asInt());
      assertEquals(List.of(), SavedSettings.plan(qmp, wanted, Guest.PATIENCE).changed());
      // By whoever finds what was written down.
      SavedSettings.parse(saved.json()).putBack(qmp, Guest.PATIENCE);
      assertEquals(before, settings(qmp));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void whatIsRefusedLeavesAllAsItWas(String version) throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).start();
        Qmp qmp = guest.qmp()) {
      List<JsonNode> before = settings(qmp);
      RefusedException unknown =
          assertThrows(
              RefusedException.class,
              () ->
                  SavedSettings.plan(
                      qmp, WantedSettings.plain().on("x-telepathy"), Guest.PATIENCE));
      assertTrue(
          String.valueOf(unknown.getMessage()).contains("x-telepathy"), unknown.getMessage());
      // QEMU does not have both.
      SavedSettings impossible =
          SavedSettings.plan(
              qmp, WantedSettings.plain().on("multifd").on("postcopy-preempt"), Guest.PATIENCE);
      assertThrows(QmpException.class, () -> impossible.apply(qmp, Guest.PATIENCE));
      assertEquals(before, settings(qmp));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aRunningGuestPassesAndAStoppedOneDoesNot(String version)
      throws IOException, InterruptedException {
    try (Guest guest =
            Guest.of(version)
                .cpus(2)
                .options("-netdev", "user,id=n", "-device", "virtio-net-pci,netdev=n")
                .start();
        Qmp qmp = guest.qmp()) {
      Preflight.check(qmp, Guest.PATIENCE);
      qmp.execute("stop", Map.of(), Guest.PATIENCE);
      assertRefused(qmp, "run state: expected running, found paused");
      qmp.execute("cont", Map.of(), Guest.PATIENCE);
      Preflight.check(qmp, Guest.PATIENCE);
      // Somebody's migration, into a program that reads nothing.
      var pair = UnixSocket.pair("fd:other");
      try (UnixSocket reader = pair.get(0)) {
        try (UnixSocket theirs = pair.get(1)) {
          qmp.executeWith(theirs.number(), "getfd", Map.of("fdname", "other"), Guest.PATIENCE);
        }
        qmp.execute("migrate", Map.of("uri", "fd:other"), Guest.PATIENCE);
        assertTrue(reader.awaitInput(Guest.PATIENCE));
        assertRefused(qmp, "migration: expected none under way");
      }
      guest.awaitNextCount();
    }
  }

  private static void assertRefused(Qmp qmp, String why) {
    RefusedException e =
        assertThrows(RefusedException.class, () -> Preflight.check(qmp, Guest.PATIENCE));
    assertTrue(String.valueOf(e.getMessage()).contains(why), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void whatCannotBeCapturedIsRefusedByName(String version)
      throws IOException, InterruptedException {
    try (Guest guest =
            Guest.of(version)
                .options("-m", "64,maxmem=1G,slots=2")
                .options("-object", "memory-backend-ram,id=vm0,size=128M")
                .options("-device", "virtio-mem-pci,memdev=vm0,id=grower")
                .start();
        Qmp qmp = guest.qmp()) {
      assertRefused(qmp, "virtio-mem grower");
    }
    Path shared = Files.createDirectory(directory.resolve("fat"));
    try (Guest guest =
            Guest.of(version)
                .options("-blockdev", "driver=vvfat,node-name=fat,rw=on,dir=" + shared)
                .start();
        Qmp qmp = guest.qmp()) {
      assertRefused(qmp, "no blocker, found ");
    }
    try (Guest guest = Guest.of(version).machine("pc-q35-10.0,suppress-vmdesc=on").start();
        Qmp qmp = guest.qmp()) {
      assertRefused(qmp, "suppress-vmdesc: expected off");
    }
  }
}
