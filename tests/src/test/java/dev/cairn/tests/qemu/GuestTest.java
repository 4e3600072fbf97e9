package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guests themselves: if these fail, look at the lab. */
class GuestTest {
  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void linuxBootsAndChecksItsFile(String version) throws IOException, InterruptedException {
    try (Guest guest = Guest.of(version).linux("dirtykb=512 period=0.1 fillmb=1").cpus(2).start()) {
      int counted = guest.awaitCount(9);
      guest.assertUnbroken();
      System.out.println(version + ": the Linux guest has counted to " + counted);
      try (Qmp qmp = guest.qmp()) {
        qmp.execute("stop", Map.of(), Guest.PATIENCE);
        qmp.execute("cont", Map.of(), Guest.PATIENCE);
      }
      guest.awaitNextCount();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aKilledGuestIsReapedAndLeavesNothing(String version)
      throws IOException, InterruptedException {
    Guest guest = Guest.of(version).firmware(Firmware.ofTheVectors().withPages(8)).start();
    try (guest) {
      guest.awaitCount(1);
      assertTrue(guest.isAlive());
      guest.kill();
      assertFalse(guest.isAlive());
      assertEquals(128 + 9, guest.await());
    }
    assertFalse(Files.exists(guest.directory()));
  }
}
