package dev.cairn.tools.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The address of an RDMA device is that of the network interface that sysfs names. */
class RdmaAddressTest {
  private final Path devices;

  RdmaAddressTest(@TempDir Path directory) {
    devices = directory.resolve("infiniband");
  }

  private Path gids(String device) throws IOException {
    return Files.createDirectories(devices.resolve(device + "/ports/1/gid_attrs/ndevs"));
  }

  @Test
  void whereThereIsNoDeviceThereIsNoAddress() throws IOException {
    assertEquals(Optional.empty(), RdmaAddress.find(devices));
    gids("rxe0");
    assertEquals(Optional.empty(), RdmaAddress.find(devices));
  }

  @Test
  void placesWithoutAnInterfaceArePassedOver() throws IOException {
    Files.createDirectory(gids("rxe0").resolve("0")); // cannot be read, as in sysfs
    Files.writeString(gids("rxe0").resolve("1"), "no-such-interface\n");
    assertEquals(Optional.empty(), RdmaAddress.find(devices));
    Files.writeString(gids("rxe1").resolve("3"), "lo\n");
    assertTrue(RdmaAddress.find(devices).orElseThrow().isLoopbackAddress());
  }
}
