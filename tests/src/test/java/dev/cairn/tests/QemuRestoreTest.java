package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.tests.qemu.Guest;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real, unmodified QEMU starts from what Cairn restored, and its guest counts on. */
class QemuRestoreTest {
  private final Path directory;

  QemuRestoreTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** The QEMU that wrote the images, and a newer one. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void theGuestsCounterGoesOnFromARestoredPastPoint(String version)
      throws IOException, InterruptedException {
    String store = directory.resolve("store").toString();
    assertEquals(0, Cairn.run("--store", store, "-q", "init"));
    for (int n = 0; n < Vectors.COUNT; n++) {
      String image = "mapped-ram:" + Vectors.unpack(n, directory);
      assertEquals(0, Cairn.run("--store", store, "-q", "checkpoint", "vm", "--from", image));
    }
    assertEquals(0, Cairn.run("--store", store, "-q", "compact", "vm"));
    Path restored = directory.resolve("restored.mr");
    assertEquals(
        0, Cairn.run("--store", store, "-q", "restore", "vm@1", "--to", "mapped-ram:" + restored));
    int expected = Vectors.facts(1).get("counter_when_stopped").asInt() + 1;
    try (Guest guest =
        Guest.of(version)
            .options("-global", "migration.mapped-ram=on")
            .incoming("file:" + restored)
            .start()) {
      guest.execute("cont", Map.of());
      guest.awaitCount(1);
      assertEquals("COUNT " + expected + " up 0", guest.lines().getFirst());
    }
  }
}
