package dev.cairn.tests.hosts;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** Addresses as words of a command: {@code unix:PATH}, {@code tcp:PORT:ADDRESS}. */
final class Places {
  private static final String UNIX = "unix:";

  private Places() {}

  static String word(SocketAddress address) {
    return switch (address) {
      case UnixDomainSocketAddress unix -> UNIX + unix.getPath();
      case InetSocketAddress tcp ->
          "tcp:" + tcp.getPort() + ":" + tcp.getAddress().getHostAddress();
      default -> throw new IllegalArgumentException("neither TCP nor Unix: " + address);
    };
  }

  static SocketAddress parse(String word) {
    if (word.startsWith(UNIX)) {
      return UnixDomainSocketAddress.of(word.substring(UNIX.length()));
    }
    String[] parts = word.split(":", 3);
    return new InetSocketAddress(InetAddress.ofLiteral(parts[2]), Integer.parseInt(parts[1]));
  }
}
