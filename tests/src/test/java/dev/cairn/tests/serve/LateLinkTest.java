package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session that ends just when another link joins it. */
@Timeout(120)
class LateLinkTest {
  private static final int ROUNDS = 300;

  /** About as long as a link takes to join. */
  private static final int MOST_NANOS = 1_500_000;

  private final TestServer server;

  LateLinkTest(@TempDir Path directory) throws IOException {
    server = new TestServer(Files.createDirectory(directory.resolve("store")), TestClock.hasty());
  }

  private RawLink link() throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    int port = ((Endpoint.Internet) server.tcp()).port();
    return new RawLink(new InetSocketAddress(loopback, port), loopback);
  }

  /** Joins; returns whether it was welcomed, and told afterwards that the link ends. */
  private boolean joins(String session) throws IOException {
    try (RawLink data = link()) {
      try {
        data.greet(Role.PULL, LinkKind.DATA, Optional.of(session));
      } catch (FailureException e) {
        return false;
      }
      RawLink.Frame frame = data.next();
      assertEquals(FrameType.ERROR, frame.type());
      assertEquals(0, frame.request(), "HELLO had its answer: this is the link's end");
      return true;
    } catch (IOException e) {
      return false; // it was cut
    }
  }

  @Test
  void whoWasWelcomedIsToldOfTheLinksEndAndNotOfHello() throws Exception {
    Random random = new Random(1);
    int told = 0;
    for (int round = 0; round < ROUNDS; round++) {
      RawLink control = link();
      String session = control.greet(Role.PULL, LinkKind.CONTROL, Optional.empty());
      long wait = random.nextInt(MOST_NANOS);
      Thread closer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    LockSupport.parkNanos(wait);
                    control.close();
                  });
      told += joins(session) ? 1 : 0;
      assertTrue(closer.join(Duration.ofMinutes(1)));
    }
    System.out.println(told + " of " + ROUNDS + " were welcomed and told of the end");
    server.close();
  }
}
