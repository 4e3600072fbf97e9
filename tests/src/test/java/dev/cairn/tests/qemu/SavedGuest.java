package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Environment;
import dev.cairn.chain.PageImage;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import dev.cairn.tools.image.MappedRamImage;
import dev.cairn.tools.image.StatedImage;
import dev.cairn.tools.qmp.MachineRecord;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Puts a running guest into a store as a point, with the record of its machine. */
final class SavedGuest {
  private SavedGuest() {}

  /**
   * Stops a guest and saves it; it stays stopped.
   *
   * @return how far it had counted
   */
  static int save(Guest guest, Path store, String chain) throws IOException, InterruptedException {
    Path file = guest.directory().resolve("image");
    DeviceSection machine;
    try (Qmp qmp = guest.qmp()) {
      qmp.execute("stop", Map.of(), Guest.PATIENCE);
      machine =
          new DeviceSection(
              MachineRecord.SECTION,
              MachineRecord.FORMAT,
              MachineRecord.read(qmp, Guest.PATIENCE).bytes());
      Map<String, Object> on = Map.of("capability", "mapped-ram", "state", true);
      qmp.execute("migrate-set-capabilities", Map.of("capabilities", List.of(on)), Guest.PATIENCE);
      qmp.execute("migrate", Map.of("uri", "file:" + file), Guest.PATIENCE);
      awaitCompleted(qmp);
    }
    int count = guest.count();
    take(file, machine, store, chain);
    Files.delete(file);
    return count;
  }

  private static void awaitCompleted(Qmp qmp) throws IOException, InterruptedException {
    long end = System.nanoTime() + Guest.PATIENCE.toNanos();
    String status = "";
    while (!status.equals("completed")) {
      assertTrue(System.nanoTime() < end && !status.equals("failed"), "it is saved: " + status);
      Thread.sleep(20);
      status = qmp.execute("query-migrate", Map.of(), Guest.PATIENCE).path("status").asText();
    }
  }

  private static void take(Path file, DeviceSection machine, Path store, String chain)
      throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5));
    boolean isNew = !Files.exists(store);
    FileSystemOptions options = FileSystemOptions.standard();
    try (PageImage image = new StatedImage(MappedRamImage.open(file), machine);
        Store opened =
            isNew
                ? Store.create(FileSystemDirectory.create(store, options), environment)
                : Store.open(FileSystemDirectory.open(store, options), environment);
        Chain taken =
            isNew ? opened.create(chain, image.layout().pageSize()) : opened.open(chain)) {
      long before = taken.restorePoints().size();
      new Checkpointer(taken).checkpoint(image, Checkpointer.Options.DEFAULT, Progress.NONE);
      assertEquals(before + 1, taken.restorePoints().size());
    }
  }
}
