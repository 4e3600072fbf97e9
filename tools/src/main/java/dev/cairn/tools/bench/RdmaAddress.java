package dev.cairn.tools.bench;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Where RDMA can be listened at: the first device that has an address of IP, IPv4 if it has both.
 * Stateless.
 */
final class RdmaAddress {
  private static final Path DEVICES = Path.of("/sys/class/infiniband");

  private RdmaAddress() {}

  /** Looks now; empty if there is none. */
  static Optional<InetAddress> find() throws IOException {
    return find(DEVICES);
  }

  /**
   * Looks in a tree as sysfs has it: {@code DEVICE/ports/N/gid_attrs/ndevs/M} holds the name of a
   * network interface, or cannot be read where there is none.
   */
  static Optional<InetAddress> find(Path devices) throws IOException {
    for (Path device : entries(devices)) {
      for (Path port : entries(device.resolve("ports"))) {
        for (Path gid : entries(port.resolve("gid_attrs/ndevs"))) {
          Optional<InetAddress> found = addressOf(gid);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<InetAddress> addressOf(Path gid) throws IOException {
    String name;
    try {
      name = Files.readString(gid, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      return Optional.empty(); // EINVAL: no interface has this place
    }
    NetworkInterface network = NetworkInterface.getByName(name);
    return network == null
        ? Optional.empty()
        : network
            .inetAddresses()
            .filter(address -> !address.isLinkLocalAddress())
            .min(Comparator.comparing(address -> !(address instanceof Inet4Address)));
  }

  private static List<Path> entries(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        entries.forEach(all::add);
      }
    }
    all.sort(null);
    return all;
  }
}
