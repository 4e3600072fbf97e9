package dev.cairn.tools.bench;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * rdma-core's library that makes rsockets of a process's TCP sockets, and what that process needs.
 * Stateless.
 */
final class RsocketLibrary {
  private static final List<String> DIRECTORIES = List.of("/usr/lib64", "/usr/lib");
  private static final String NAME = "rsocket/librspreload.so";

  private RsocketLibrary() {}

  /** Says why rsockets cannot be measured here; empty if they can. */
  static Optional<String> missing() throws IOException {
    if (address().isEmpty()) {
      return Optional.of("not measured: no RDMA device with an IPv4 address (rdma link)");
    }
    return find().isPresent()
        ? Optional.empty()
        : Optional.of("not measured: no librspreload.so (Debian: librdmacm1t64, librdmacm1)");
  }

  /** Returns where they can be listened at: the library takes no mapped address for IPv4. */
  static Optional<InetAddress> address() throws IOException {
    return RdmaAddress.find().filter(Inet4Address.class::isInstance);
  }

  static Optional<Path> find() throws IOException {
    for (String each : DIRECTORIES) {
      Path directory = Path.of(each);
      if (Files.exists(directory.resolve(NAME))) {
        return Optional.of(directory.resolve(NAME));
      }
      if (Files.isDirectory(directory)) {
        try (DirectoryStream<Path> below = Files.newDirectoryStream(directory, "*-linux-gnu*")) {
          for (Path one : below) {
            if (Files.exists(one.resolve(NAME))) {
              return Optional.of(one.resolve(NAME));
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Returns the environment of a process whose sockets are rsockets. */
  static Map<String, String> environment() throws IOException {
    Path library = find().orElseThrow(() -> new IOException("librspreload.so has gone"));
    return Map.of("LD_PRELOAD", library.toString());
  }

  /** Sockets of the JDK are of IPv6 otherwise, and take IPv4 for a mapped address. */
  static List<String> options() {
    return List.of("-Djava.net.preferIPv4Stack=true");
  }
}
