package dev.cairn.tests.hosts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every proxy does, before a server that sends back what it is sent. */
abstract class DelayProxyContract {
  private static final int PATIENCE_MILLIS = 60_000;

  /** So long nothing comes of what cannot come. */
  private static final int QUIET_MILLIS = 300;

  private final ServerSocket echo;
  private final Path directory;

  DelayProxyContract(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.echo = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(() -> EchoMain.serve(echo));
  }

  @AfterEach
  void closeServer() throws IOException {
    echo.close();
  }

  abstract DelayProxy start(Path scratch, SocketAddress listen, SocketAddress target)
      throws IOException, InterruptedException;

  private DelayProxy start() throws IOException, InterruptedException {
    return start(directory, loopback(), echo.getLocalSocketAddress());
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
  }

  private static Socket connect(DelayProxy proxy) throws IOException {
    Socket socket = new Socket();
    socket.connect(proxy.address(), PATIENCE_MILLIS);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** Over a connection that may be broken off at any time. */
  private static void ping(DelayProxy proxy) throws IOException {
    try (Socket socket = connect(proxy)) {
      ping(socket, 1);
    }
  }

  private static void ping(Socket socket, int value) throws IOException {
    socket.getOutputStream().write(value);
    assertEquals(value, socket.getInputStream().read());
  }

  private static byte[] someBytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  @Test
  void bytesPassUnchangedInBothDirectionsAndAreCounted() throws Exception {
    byte[] sent = someBytes(3_000_001);
    try (DelayProxy proxy = start();
        Socket socket = connect(proxy)) {
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      socket.getOutputStream().write(sent);
                      socket.shutdownOutput(); // the end is passed on, the other way stays open
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      assertArrayEquals(sent, socket.getInputStream().readAllBytes());
      writer.join();
      assertEquals(sent.length, proxy.passedBytes(Direction.TO_TARGET));
      assertEquals(sent.length, proxy.passedBytes(Direction.TO_CLIENT));
      awaitConnections(proxy, 0);
    }
  }

  private static void awaitConnections(DelayProxy proxy, int count) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    while (proxy.connections() != count) {
      assertTrue(System.nanoTime() < end, "connections become " + count);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void unixSocketsAreListenedAtAndConnectedTo() throws Exception {
    UnixDomainSocketAddress between = UnixDomainSocketAddress.of(directory.resolve("socket"));
    try (DelayProxy inner = start(directory, between, echo.getLocalSocketAddress());
        DelayProxy outer = start(directory, loopback(), between);
        Socket socket = connect(outer)) {
      ping(socket, 7);
      inner.cut(Cut.END);
      assertEquals(-1, socket.getInputStream().read());
      assertEquals(1, inner.passedBytes(Direction.TO_CLIENT));
    }
  }

  @Test
  void bytesAreLateByTheDelayInEachDirection() throws Exception {
    try (DelayProxy proxy = start();
        Socket socket = connect(proxy)) {
      ping(socket, 1);
      proxy.delay(Duration.ofMillis(100));
      long before = System.nanoTime();
      ping(socket, 2);
      // Never sooner; how much later is the machine's affair.
      assertTrue(System.nanoTime() - before >= TimeUnit.MILLISECONDS.toNanos(200));
      proxy.delay(Duration.ZERO);
      ping(socket, 3);
    }
  }

  @Test
  void allConnectionsTogetherKeepToTheRate() throws Exception {
    try (DelayProxy proxy = start();
        Socket one = connect(proxy);
        Socket other = connect(proxy)) {
      proxy.rate(4_000_000);
      byte[] bytes = someBytes(100_000);
      long before = System.nanoTime();
      for (Socket socket : List.of(one, other)) {
        socket.getOutputStream().write(bytes);
      }
      for (Socket socket : List.of(one, other)) {
        assertArrayEquals(bytes, socket.getInputStream().readNBytes(bytes.length));
      }
      // 200,000 bytes at 4 Mbit/s.
      assertTrue(System.nanoTime() - before >= TimeUnit.MILLISECONDS.toNanos(400));
    }
  }

  @Test
  void aCutIsSeenByEveryPeerAsItsKindAndOthersMayCome() throws Exception {
    try (DelayProxy proxy = start()) {
      for (Cut how : Cut.values()) {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          sockets.add(connect(proxy));
          ping(sockets.getLast(), i);
        }
        assertEquals(20, proxy.connections(), how.name());
        proxy.cut(how);
        assertEquals(0, proxy.connections());
        for (Socket socket : sockets) {
          InputStream in = socket.getInputStream();
          switch (how) {
            case RESET -> assertThrows(SocketException.class, in::read);
            case END -> {
              assertEquals(-1, in.read());
              for (int i = 0; i < 100; i++) {
                socket.getOutputStream().write(i); // is still taken: nothing is broken off
              }
            }
            case SILENCE -> {
              socket.getOutputStream().write(1); // nobody is told
              socket.setSoTimeout(QUIET_MILLIS / 20);
              assertThrows(SocketTimeoutException.class, in::read);
            }
          }
          socket.close();
        }
        try (Socket next = connect(proxy)) {
          ping(next, 9);
        }
        awaitConnections(proxy, 0);
      }
      assertEquals(Cut.values().length, proxy.cuts());
    }
  }

  @Test
  void aPlanCutsBehindExactlyItsBytes() throws Exception {
    List<PlannedCut> plan =
        List.of(
            new PlannedCut(1, Cut.END),
            new PlannedCut(100_003, Cut.RESET),
            new PlannedCut(70_000, Cut.END));
    try (DelayProxy proxy = start()) {
      proxy.cut(Direction.TO_CLIENT, plan);
      long passed = 0;
      int cuts = 0;
      for (PlannedCut cut : plan) {
        passed += cut.afterBytes();
        try (Socket socket = connect(proxy)) {
          switch (cut.how()) {
            case END -> assertEquals(cut.afterBytes(), askForMuch(socket));
            case RESET -> assertThrows(SocketException.class, () -> askForMuch(socket));
            case SILENCE -> throw new AssertionError("not in the plan");
          }
        }
        assertEquals(++cuts, proxy.cuts());
        assertEquals(passed, proxy.passedBytes(Direction.TO_CLIENT));
      }
      try (Socket socket = connect(proxy)) {
        ping(socket, 1); // behind the last cut all passes
      }
    }
  }

  /** Sends more than comes back before any cut, and reads to the end. */
  private static long askForMuch(Socket socket) throws IOException {
    socket.getOutputStream().write(someBytes(200_000));
    byte[] into = new byte[10_000];
    long all = 0;
    int read;
    while ((read = socket.getInputStream().read(into)) >= 0) {
      all += read;
    }
    return all;
  }

  @Test
  void whoConnectsIsRefusedAndLaterNot() throws Exception {
    try (DelayProxy proxy = start();
        Socket before = connect(proxy)) {
      ping(before, 1);
      proxy.refuse(true);
      assertThrows(ConnectException.class, () -> connect(proxy).close());
      ping(before, 2);
      proxy.refuse(false);
      try (Socket after = connect(proxy)) {
        ping(after, 3);
      }
    }
  }

  @Test
  void aTargetThatRefusesBreaksTheConnectionOff() throws Exception {
    echo.close();
    try (DelayProxy proxy = start()) {
      assertThrows(SocketException.class, () -> ping(proxy));
    }
  }

  @Test
  void aPeerThatBreaksOffIsPassedOn() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        DelayProxy proxy = start(directory, loopback(), server.getLocalSocketAddress());
        Socket socket = connect(proxy)) {
      server.setSoTimeout(PATIENCE_MILLIS);
      try (Socket accepted = server.accept()) {
        accepted.setSoLinger(true, 0);
      }
      assertThrows(SocketException.class, () -> socket.getInputStream().read());
    }
  }

  @Test
  void closingItBreaksConnectionsOff() throws Exception {
    DelayProxy proxy = start();
    Socket silent;
    Socket open;
    try (proxy) {
      silent = connect(proxy);
      ping(silent, 1);
      proxy.cut(Cut.SILENCE);
      open = connect(proxy);
      ping(open, 2);
    }
    try (silent;
        open) {
      assertThrows(SocketException.class, () -> silent.getInputStream().read());
      assertThrows(SocketException.class, () -> open.getInputStream().read());
      assertThrows(ConnectException.class, () -> connect(proxy).close());
    }
  }
}
