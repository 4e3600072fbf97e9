package dev.cairn.tests.hosts;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.HexFormat;

/**
 * A hostile client in a process of its own, for a server on a host. Says one outcome for each thing
 * that it does. Not thread-safe.
 */
public final class HostileMain {
  private HostileMain() {}

  /**
   * Does one thing: {@code ADDRESS PATIENCE-MILLIS VERB HEX NUMBER}, the address as {@link
   * #address} writes it; verbs are {@code open} (and then {@code awaitClosed} of all that were
   * made), {@code trickle} (NUMBER milliseconds between two bytes), {@code neverRead}, {@code
   * flood}.
   */
  public static void main(String[] arguments) throws IOException {
    Duration patience = Duration.ofMillis(Long.parseLong(arguments[1]));
    byte[] bytes = HexFormat.of().parseHex(arguments[3]);
    int number = Integer.parseInt(arguments[4]);
    try (HostileTcp client = new HostileTcp(Places.parse(arguments[0]), patience)) {
      switch (arguments[2]) {
        case "open" -> {
          HostileTcp.Outcome opened = client.open(number, bytes);
          System.out.println(opened);
          System.out.println(client.awaitClosed(opened.connected()));
        }
        case "trickle" -> System.out.println(client.trickle(bytes, Duration.ofMillis(number)));
        case "neverRead" -> System.out.println(client.neverRead(bytes, number));
        case "flood" -> System.out.println(client.flood(bytes, number));
        default -> throw new IllegalArgumentException(arguments[2]);
      }
    }
  }

  /** Returns an address as an argument. */
  public static String address(SocketAddress address) {
    return Places.word(address);
  }
}
