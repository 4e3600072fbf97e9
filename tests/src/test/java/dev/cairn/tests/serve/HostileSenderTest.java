package dev.cairn.tests.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.store.Id;
import dev.cairn.store.file.Point;
import dev.cairn.tests.Cli;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageWriter;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code cairn serve}, with little memory, is offered a point by who lies about it when it is
 * asked. It says so, keeps nothing, and takes the same point from who tells the truth.
 */
@Timeout(300)
class HostileSenderTest {
  private static final int POINT = 3;

  /** OFFER is our first request. */
  private static final int OFFER = 7;

  private static final long DEADLINE_SECONDS = 60;

  private final Path directory;
  private final Path store;
  private final TestServer there;
  private final ServedChild served;
  private Message.Offer offer;

  HostileSenderTest(@TempDir Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    store = directory.resolve("here");
    there = new TestServer(Files.createDirectory(directory.resolve("there")), TestClock.hasty());
    new Cli(store).run(0, "init");
    served = new ServedChild(directory, store, List.of("-Xmx64m", "-XX:+UseSerialGC"));
  }

  @BeforeEach
  void fill() throws IOException {
    there.fill("vm", POINT);
    try (Chain chain = there.store().open("vm");
        ChainSnapshot snapshot = chain.snapshot()) {
      Point point = snapshot.point(POINT);
      offer =
          new Message.Offer(
              POINT,
              point.id(),
              snapshot.manifest().identity().chain(),
              snapshot.manifest().pageSize(),
              false,
              "copy");
    }
  }

  @AfterEach
  void close() throws IOException {
    served.close();
    there.close();
  }

  /** What the true source answers to OPEN. Never compared. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Truth(Message.Opened head, byte[] state) {}

  private Truth truth() throws IOException {
    try (TestReceiver asks = new TestReceiver(there.tcp())) {
      TestReceiver.Answered answered =
          asks.ask(new Message.Open("t", false, false, "vm", Integer.toString(POINT)));
      asks.release("t", "vm");
      return new Truth((Message.Opened) answered.head(), answered.stream());
    }
  }

  private RawLink link() throws IOException {
    Endpoint.Internet to = served.endpoint("tcp");
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    return new RawLink(new InetSocketAddress(loopback, to.port()), loopback);
  }

  /** OPENED with its state, in one frame. */
  private static byte[] opened(int request, Message.Opened head, byte[] state) {
    ByteBuffer payload = ByteBuffer.allocate(64 << 10).order(ByteOrder.LITTLE_ENDIAN);
    MessageWriter.put(head, payload);
    payload.put(state).flip();
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    return RawLink.frame(FrameType.OPENED.number(), 0, request, bytes);
  }

  /** What is said in place of the truth. */
  private interface Lie {
    byte[] opened(int request, Truth truth);
  }

  /** Offers the point, answers OPEN with a lie, and returns what is said of that. */
  private Message.Failure offered(Lie lie) throws IOException {
    Truth truth = truth();
    try (RawLink link = link()) {
      link.greet(Role.SEND, LinkKind.CONTROL, Optional.empty());
      link.send(RawLink.frame(OFFER, offer));
      boolean lied = false;
      while (true) {
        RawLink.Frame frame = link.next();
        switch (frame.message()) {
          case Message.Look _ ->
              link.send(
                  RawLink.frame(
                      frame.request(),
                      new Message.Seen(
                          offer.point(), offer.checkpoint(), offer.chain(), offer.pageSize())));
          case Message.Open open -> {
            assertEquals("", open.chain());
            link.send(lie.opened(frame.request(), truth));
            lied = true;
          }
          case Message.Release _ ->
              link.send(RawLink.frame(frame.request(), new Message.Released()));
          case Message.Failure told -> {
            assertTrue(lied, told::toString);
            assertTrue(frame.request() == OFFER || frame.request() == 0, frame::toString);
            return told;
          }
          default -> throw new AssertionError(frame);
        }
      }
    }
  }

  /** A state to come that is changed and has the right checksum. */
  private static Lie state(UnaryOperator<String> change) {
    return (request, truth) -> {
      String text = new String(truth.state(), ISO_8859_1);
      String body = change.apply(text.substring(0, text.lastIndexOf("crc ")));
      CRC32C crc = new CRC32C();
      crc.update(body.getBytes(ISO_8859_1));
      byte[] lie =
          (body + "crc " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n")
              .getBytes(ISO_8859_1);
      Message.Opened head = truth.head();
      return opened(request, new Message.Opened(head.point(), head.checkpoint(), lie.length), lie);
    };
  }

  private static Lie head(UnaryOperator<Message.Opened> change) {
    return (request, truth) -> opened(request, change.apply(truth.head()), truth.state());
  }

  /** A new chain of which nothing came goes when the sender is known to be gone. */
  private void requireNothing(String what) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!chains().isEmpty()) {
      assertTrue(System.nanoTime() - end < 0, () -> what + ": a chain is left");
      Thread.sleep(20);
    }
    new Cli(store).run(0, "verify");
  }

  private List<Path> chains() throws IOException {
    try (Stream<Path> all = Files.list(store.resolve("chains"))) {
      return all.toList();
    }
  }

  /**
   * One lie.
   *
   * @param says some words of what is said of it
   */
  private record Lied(String says, ErrorCode code, Lie lie) {}

  @Test
  void whoLiesAboutWhatItOfferedIsToldSoAndLeavesNothing() throws Exception {
    Id other = Id.parse("0".repeat(31) + "7");
    String digits = other.toString();
    for (Lied lied :
        List.of(
            new Lied(
                "a state that ends at",
                ErrorCode.FAILED,
                head(h -> new Message.Opened(h.point(), other, h.length()))),
            new Lied(
                "a state that ends at",
                ErrorCode.FAILED,
                head(h -> new Message.Opened(h.point() - 1, h.checkpoint(), h.length()))),
            new Lied(
                "a stream of",
                ErrorCode.CANNOT_BE,
                head(h -> new Message.Opened(h.point(), h.checkpoint(), h.length() + 5))),
            new Lied(
                "a stream of",
                ErrorCode.CANNOT_BE,
                head(h -> new Message.Opened(h.point(), h.checkpoint(), h.length() - 5))),
            new Lied(
                "CRC at offset",
                ErrorCode.FAILED,
                (request, truth) -> {
                  byte[] half = Arrays.copyOf(truth.state(), truth.state().length / 2);
                  Message.Opened h = truth.head();
                  return opened(
                      request, new Message.Opened(h.point(), h.checkpoint(), half.length), half);
                }),
            new Lied(
                "another chain",
                ErrorCode.BUSY,
                state(text -> text.replaceFirst("(?m)^chain [0-9a-f]{32}", "chain " + digits))),
            new Lied(
                "ends at the tip",
                ErrorCode.FAILED,
                state(
                    text -> text.replaceFirst("(?m)^tip (\\d+) [0-9a-f]{32}", "tip $1 " + digits))),
            new Lied(
                "a manifest's line",
                ErrorCode.FAILED,
                state(
                    text -> text.replaceFirst("(?m)^file base \\S+", "file base /etc/passwd"))))) {
      Message.Failure told = offered(lied.lie());
      assertTrue(told.toString().contains(lied.says()), () -> lied.says() + ": " + told);
      assertEquals(lied.code(), told.code(), told::toString);
      requireNothing(lied.says());
    }
    String uri = served.endpoint("tcp").toString();
    there.close();
    new Cli(directory.resolve("there").resolve("store"))
        .run(0, "send", "vm@" + POINT, "--to", uri, "--as", "copy");
    new Cli(store).run(0, "verify", "copy");
  }
}
