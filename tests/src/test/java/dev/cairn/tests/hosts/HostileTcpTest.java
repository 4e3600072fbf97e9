package dev.cairn.tests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hostile client does what it is told, and tells truly what became of it. */
class HostileTcpTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What a server does with each connection. */
  private interface Service {
    void serve(Socket socket) throws IOException;
  }

  private static ServerSocket server(Service service) throws IOException {
    ServerSocket server = new ServerSocket(0, 2000, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  service.serve(server.accept());
                }
              } catch (IOException e) {
                // it was closed
              }
            });
    return server;
  }

  private static HostileTcp client(ServerSocket server) throws IOException {
    return new HostileTcp(server.getLocalSocketAddress(), PATIENCE);
  }

  @Test
  void aThousandConnectionsAreHeldUntilTheServerClosesThem() throws Exception {
    Queue<Socket> accepted = new ConcurrentLinkedQueue<>();
    try (ServerSocket server = server(accepted::add);
        HostileTcp client = client(server)) {
      HostileTcp.Outcome opened = client.open(1000, new byte[] {'C', 'A'});
      assertEquals(new HostileTcp.Outcome(1000, 0, 0, 2000, 0), opened);
      Thread closer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    int closed = 0;
                    while (closed < 1000) {
                      Socket socket = accepted.poll();
                      if (socket == null) {
                        Thread.onSpinWait();
                        continue;
                      }
                      try (socket) {
                        socket.getOutputStream().write('!');
                        socket.getInputStream().readNBytes(2);
                        closed++;
                      } catch (IOException e) {
                        throw new AssertionError(e);
                      }
                    }
                  });
      assertEquals(new HostileTcp.Outcome(1000, 0, 1000, 0, 1000), client.awaitClosed(1000));
      closer.join();
    }
  }

  @Test
  void refusalsAreCounted() throws Exception {
    try (SocketChannel nobody = SocketChannel.open()) {
      nobody.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (HostileTcp client = new HostileTcp(nobody.getLocalAddress(), PATIENCE)) {
        assertEquals(new HostileTcp.Outcome(0, 10, 0, 0, 0), client.open(10, new byte[0]));
      }
    }
  }

  @Test
  void bytesTrickleUntilTheServerHasHadEnough() throws Exception {
    Service patient = socket -> socket.getInputStream().readNBytes(100);
    Service brief =
        socket -> {
          try (socket) {
            socket.getInputStream().readNBytes(3);
          }
        };
    try (ServerSocket server = server(patient);
        HostileTcp client = client(server)) {
      HostileTcp.Outcome all = client.trickle(new byte[20], Duration.ofMillis(2));
      assertEquals(new HostileTcp.Outcome(1, 0, 0, 20, 0), all);
    }
    try (ServerSocket server = server(brief);
        HostileTcp client = client(server)) {
      HostileTcp.Outcome some = client.trickle(new byte[100_000], Duration.ofMillis(2));
      assertEquals(1, some.closed());
      assertTrue(some.sentBytes() >= 3 && some.sentBytes() < 100_000, some.toString());
    }
  }

  @Test
  void whoNeverReadsIsStoppedByFullBuffersOrByTheServer() throws Exception {
    long most = 1L << 40;
    try (ServerSocket server = echo();
        HostileTcp client =
            new HostileTcp(server.getLocalSocketAddress(), Duration.ofMillis(500))) {
      HostileTcp.Outcome stuck = client.neverRead(new byte[1000], most);
      assertEquals(0, stuck.closed());
      assertTrue(stuck.sentBytes() > 1000, stuck.toString());
    }
    Service brief =
        socket -> {
          try (socket) {
            socket.getInputStream().readNBytes(30_000);
          }
        };
    try (ServerSocket server = server(brief);
        HostileTcp client = client(server)) {
      assertEquals(1, client.neverRead(new byte[1000], most).closed());
      assertEquals(1000, client.neverRead(new byte[1000], 1000).sentBytes());
    }
  }

  @Test
  void aFloodIsAnsweredToItsEndOrBrokenOff() throws Exception {
    try (ServerSocket server = echo();
        HostileTcp client = client(server)) {
      assertEquals(
          new HostileTcp.Outcome(1, 0, 1, 5_000_000, 5_000_000),
          client.flood(new byte[50], 100_000));
    }
    Service brief =
        socket -> {
          try (socket) {
            socket.getInputStream().readNBytes(30_000);
          }
        };
    try (ServerSocket server = server(brief);
        HostileTcp client = client(server)) {
      HostileTcp.Outcome broken = client.flood(new byte[50], 1_000_000_000);
      assertEquals(1, broken.closed());
      assertTrue(broken.sentBytes() >= 30_000, broken.toString());
    }
  }

  private static ServerSocket echo() throws IOException {
    ServerSocket server = new ServerSocket(0, 2000, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(() -> EchoMain.serve(server));
    return server;
  }

  @Test
  void itWorksOnAHostToo(@TempDir Path directory) throws Exception {
    try (TwoHosts hosts = TwoHosts.open();
        Child echo =
            Child.java(
                directory,
                hosts.right().launcher(),
                List.of(),
                EchoMain.class,
                hosts.right().v6().getHostAddress())) {
      echo.awaitWord(" .\n");
      int port = Integer.parseInt(echo.said().split(" ", -1)[1]);
      SocketAddress address = new InetSocketAddress(hosts.right().v6(), port);
      try (Child client =
          Child.java(
              directory,
              hosts.left().launcher(),
              List.of(),
              HostileMain.class,
              HostileMain.address(address),
              "60000",
              "flood",
              "0102030405",
              "1000")) {
        assertEquals(new HostileTcp.Outcome(1, 0, 1, 5000, 5000) + "\n", client.await(0));
      }
    }
  }
}
