package dev.cairn.tools.linux;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tools.migration.Connection;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TCP keeps the contract, over both kinds of addresses. */
class TcpConnectionTest extends ConnectionContract {
  @Override
  List<? extends Connection> pair() throws IOException {
    return pair("127.0.0.1");
  }

  private static List<TcpConnection> pair(String host) throws IOException {
    try (TcpListener listener = TcpListener.listen(new InetSocketAddress(host, 0))) {
      InetSocketAddress address = new InetSocketAddress(host, listener.port());
      TcpConnection connected = TcpConnection.connect(address, PATIENCE);
      return List.of(connected, listener.accept(PATIENCE));
    }
  }

  @Test
  void theOtherKindOfAddressWorks() throws IOException {
    try (TcpListener listener = TcpListener.listen(new InetSocketAddress("::1", 0))) {
      var address = new InetSocketAddress(InetAddress.getByName("::1"), listener.port());
      try (TcpConnection one = TcpConnection.connect(address, PATIENCE);
          TcpConnection two = listener.accept(PATIENCE)) {
        one.shutdown();
        assertTrue(two.awaitInput(PATIENCE));
      }
    } catch (LinuxException e) {
      System.out.println("this machine has no ::1: " + e.getMessage());
    }
  }

  @Test
  void nobodyThereIsToldAsSuch() throws IOException {
    int port;
    try (TcpListener listener = TcpListener.listen(new InetSocketAddress("127.0.0.1", 0))) {
      port = listener.port();
      assertThrows(SocketTimeoutException.class, () -> listener.accept(Duration.ofMillis(10)));
    }
    ConnectException refused =
        assertThrows(
            ConnectException.class,
            () -> TcpConnection.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE));
    assertTrue(refused.getMessage().startsWith("tcp:127.0.0.1:" + port), refused.getMessage());
    assertThrows(
        UnknownHostException.class,
        () ->
            TcpConnection.connect(
                InetSocketAddress.createUnresolved("nobody.invalid", 1), PATIENCE));
  }
}
