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
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    try (TcpListener listener = TcpListener.listen(new InetSocketAddress(loopback, 0))) {
      InetSocketAddress address = new InetSocketAddress(loopback, listener.port());
      TcpConnection connected = TcpConnection.connect(address, PATIENCE);
      return List.of(connected, listener.accept(PATIENCE));
    }
  }

  @Test
  void theOtherKindOfAddressWorks() throws IOException {
    byte[] one = new byte[16];
    one[15] = 1;
    InetAddress loopback = InetAddress.getByAddress(one);
    try (TcpListener listener = TcpListener.listen(new InetSocketAddress(loopback, 0))) {
      var address = new InetSocketAddress(loopback, listener.port());
      try (TcpConnection here = TcpConnection.connect(address, PATIENCE);
          TcpConnection there = listener.accept(PATIENCE)) {
        here.shutdown();
        assertTrue(there.awaitInput(PATIENCE));
      }
    } catch (LinuxException e) {
      System.out.println("this machine has no ::1: " + e.getMessage());
    }
  }

  @Test
  void nobodyThereIsToldAsSuch() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int port;
    try (TcpListener listener = TcpListener.listen(new InetSocketAddress(loopback, 0))) {
      port = listener.port();
      assertThrows(SocketTimeoutException.class, () -> listener.accept(Duration.ofMillis(10)));
    }
    ConnectException refused =
        assertThrows(
            ConnectException.class,
            () -> TcpConnection.connect(new InetSocketAddress(loopback, port), PATIENCE));
    assertTrue(String.valueOf(refused.getMessage()).contains(":" + port), refused.getMessage());
    assertThrows(
        UnknownHostException.class,
        () ->
            TcpConnection.connect(
                InetSocketAddress.createUnresolved("nobody.invalid", 1), PATIENCE));
  }
}
