package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.Id;
import dev.cairn.tests.Cli;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.hosts.HostileTcp;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.tls.Certificates;
import dev.cairn.transport.tls.TlsCredentials;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.GreetingText;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * One {@code cairn serve} with little memory, one honest client that pulls from it all the time,
 * and beside it clients that mean harm. Each of them is refused and counted, the honest one loses
 * no link, and the server's memory is bounded. Long, as all cases share that server: to start it is
 * most of what one costs.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HostileClientTest {
  private static final int PAGES = 1024;
  private static final int POINT = 3;

  /** Of the heap; outside of it there are as many bytes at most, and then the JVM itself. */
  private static final int HEAP_MIB = 128;

  private static final long MOST_MEMORY = 512L << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** By their addresses the server tells clients apart; the honest one has another. */
  private static final InetAddress HOSTILE = InetAddress.ofLiteral("127.0.0.66");

  private static final InetAddress DEAF = InetAddress.ofLiteral("127.0.0.67");
  private static final int DEAF_LINKS = 32;
  private static final String NAME = "host-b";
  private static final String SECRET = "correct-horse-battery-staple";
  private static final String FAULTS = "cairn_serve_faults_total";
  private static final String NOT_LET_IN = "cairn_serve_not_let_in_total";
  private static final String REFUSED = "cairn_serve_refused_total";
  private static final String LOST = "cairn_serve_links_lost_total";

  private final Path directory;
  private final Path store;
  private final Certificates certificates;
  private final ServedChild server;
  private final HonestPulls honest;
  private final List<RawLink> opened = new ArrayList<>();
  private final List<RawLink> deaf = new ArrayList<>();
  private final ExecutorService beside = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<?>> deafEnds = new ArrayList<>();

  HostileClientTest(@TempDir Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    store = directory.resolve("store");
    Cli cairn = new Cli(store);
    cairn.run(0, "init");
    Path image = directory.resolve("image");
    for (int i = 0; i <= POINT; i++) {
      Files.write(image, new NumberedMemory(PAGES).at(i));
      cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    }
    certificates = new Certificates(directory.resolve("tls"));
    server =
        new ServedChild(
            directory,
            store,
            List.of("-Xmx" + HEAP_MIB + "m", "-XX:+UseSerialGC"),
            "--listen",
            "tls:127.0.0.1:0",
            "--tls-creds",
            certificates.directory().toString(),
            "--tokens",
            tokens().toString());
    honest = new HonestPulls(directory.resolve("honest"), server.endpoint("tcp"), PAGES, POINT);
  }

  private Path tokens() throws IOException {
    Path file =
        Files.createFile(
            directory.resolve("tokens"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, NAME + " " + SECRET + "\n");
  }

  @AfterAll
  void endServer() throws Exception {
    try (server) {
      try (honest) {
        beside.shutdownNow();
        deaf.forEach(RawLink::close);
        honest.requireUndisturbed();
      }
      long memory = server.mostMemory();
      System.out.println("most memory of the server: " + (memory >> 20) + " MiB");
      assertTrue(memory < MOST_MEMORY, "bytes: " + memory);
      assertFalse(server.said().contains("OutOfMemoryError"), server.said());
      assertFalse(server.said().contains("a defect"), server.said());
      server.end();
    }
    new Cli(store).run(0, "verify");
  }

  @AfterEach
  void othersAreUndisturbed() throws Exception {
    honest.requireUndisturbed(); // what is open is still open
    opened.forEach(RawLink::close);
    opened.clear();
  }

  private InetSocketAddress address(String scheme) throws IOException {
    Endpoint.Internet endpoint = server.endpoint(scheme);
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), endpoint.port());
  }

  private RawLink connect(String scheme) throws IOException {
    RawLink link = new RawLink(address(scheme), HOSTILE);
    opened.add(link);
    return link;
  }

  private RawLink control(Role role) throws IOException {
    RawLink link = connect("tcp");
    link.greet(role, LinkKind.CONTROL, Optional.empty());
    return link;
  }

  /**
   * Waits for a counter, which is counted when the one who did it is told, or soon after. An honest
   * client may be among them: who opens more often than once a second is refused, too.
   */
  private void await(String metric, long value) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long now = server.metric(metric);
    while (now < value) {
      assertTrue(System.nanoTime() < end, metric + ": expected " + value + ", found " + now);
      LockSupport.parkNanos(20_000_000);
      now = server.metric(metric);
    }
  }

  /** Sends each on a link of its own, which ends with a word, and is counted. */
  private void requireFaults(Role role, List<byte[]> hostile)
      throws IOException, InterruptedException {
    long before = server.metric(FAULTS);
    for (byte[] bytes : hostile) {
      RawLink link = control(role);
      link.send(bytes);
      Message.Failure told = link.awaitEnd();
      assertEquals(ErrorCode.CANNOT_BE, told.code(), told::toString);
    }
    await(FAULTS, before + hostile.size());
  }

  private static byte[] patched(byte[] frame, int at, int... values) {
    for (int i = 0; i < values.length; i++) {
      frame[at + i] = (byte) values[i];
    }
    return frame;
  }

  private static byte[] ping() {
    return RawLink.frame(7, new Message.Ping(7));
  }

  private static byte[] hello() {
    Hello hello =
        new Hello(
            Role.PULL,
            LinkKind.CONTROL,
            Optional.empty(),
            Abilities.standard(4, "hostile"),
            Optional.empty());
    return GreetingText.write(hello);
  }

  @Test
  void lyingLengthsEndTheLink() throws Exception {
    requireFaults(
        Role.PULL,
        List.of(
            patched(ping(), 0, 0xff, 0xff, 0xff, 0x7f),
            patched(ping(), 0, 0xff, 0xff, 0xff, 0xff),
            patched(ping(), 0, 1, 0, 1, 0),
            patched(ping(), 0, 1, 0x40, 0, 0),
            RawLink.frame(FrameType.PING.number(), 0, 7, new byte[9]),
            RawLink.frame(FrameType.PING.number(), 0, 7, new byte[7]),
            // A text that says it is longer than what is there; an id cut off.
            RawLink.frame(FrameType.LOOK.number(), 0, 7, new byte[] {0, 0, -1, -1, 'v', 'm'}),
            RawLink.frame(FrameType.HOLD.number(), 0, 7, new byte[] {64, 0, 't', 0, 0}),
            RawLink.frame(FrameType.POINT.number(), 0, 7, new byte[15])));
  }

  @Test
  void aHelloThatIsTooLongIsNotLetIn() throws Exception {
    long before = server.metric(NOT_LET_IN);
    byte[] padded = Arrays.copyOf(hello(), GreetingText.MOST_BYTES + 1);
    Arrays.fill(padded, hello().length, padded.length, (byte) 'y');
    for (byte[] frame :
        List.of(
            RawLink.frame(FrameType.HELLO.number(), 0, 1, padded),
            patched(RawLink.frame(FrameType.HELLO.number(), 0, 1, hello()), 0, -1, -1, -1, 0x7f),
            RawLink.frame(FrameType.HELLO.number(), 0, 1, new byte[0]),
            RawLink.frame(FrameType.LOOK.number(), 0, 1, new byte[6]))) {
      RawLink link = connect("tcp");
      link.preamble();
      link.send(frame);
      link.awaitClosed();
    }
    await(NOT_LET_IN, before + 4);
  }

  @Test
  void wrongChecksumsEndTheLink() throws Exception {
    List<byte[]> frames = new ArrayList<>();
    for (Message each :
        List.of(
            new Message.Ping(7),
            new Message.Look(false, "vm", "latest"),
            new Message.Open("t", false, false, "vm", "latest"))) {
      byte[] frame = RawLink.frame(7, each);
      frames.add(patched(frame.clone(), 12, frame[12] ^ 1));
      frames.add(patched(frame.clone(), frame.length - 1, frame[frame.length - 1] ^ 1));
    }
    requireFaults(Role.PULL, frames);
  }

  @Test
  void unknownTypesAndFlagsEndTheLink() throws Exception {
    List<byte[]> frames = new ArrayList<>();
    for (int type : new int[] {0, 6, 13, 29, 34, 0x70, 0x7f, 0xffff}) {
      frames.add(RawLink.frame(type, 0, 7, new byte[8]));
    }
    frames.add(RawLink.frame(FrameType.PING.number(), 1, 7, new byte[8]));
    frames.add(RawLink.frame(FrameType.PING.number(), 0x8000, 7, new byte[8]));
    requireFaults(Role.PULL, frames);
  }

  @Test
  void requestsOfAnotherRoleEndTheLink() throws Exception {
    Id id = new Id(1, 2);
    requireFaults(
        Role.PULL,
        List.of(
            RawLink.frame(7, new Message.Offer(1, id, id, 4096, false, "vm")),
            RawLink.frame(7, new Message.Rate(1)),
            RawLink.frame(7, new Message.Taken(1, id)),
            RawLink.frame(7, new Message.Fetch(1, 0, 1)), // of the role, but not on a control link
            RawLink.frame(7, new Message.Pages(id, 0, 0, 1)),
            RawLink.frame(1, new Message.Released())));
    requireFaults(
        Role.SEND,
        List.of(
            RawLink.frame(7, new Message.Look(false, "vm", "latest")),
            RawLink.frame(7, new Message.Open("t", false, false, "vm", "latest")),
            RawLink.frame(7, new Message.Release("t", "vm")),
            RawLink.frame(7, new Message.Rate(1))));
    FailureException e = assertThrows(FailureException.class, () -> control(Role.ADMIN));
    assertEquals(ErrorCode.NO_RIGHT, e.code());
  }

  /** Opens a session with a hold, and with data links that have little room. */
  private record Holding(RawLink control, String session, Manifest manifest) {}

  private Holding hold(InetAddress from, List<RawLink> links) throws IOException {
    RawLink control = new RawLink(address("tcp"), from);
    links.add(control);
    String session = control.greet(Role.PULL, LinkKind.CONTROL, Optional.empty());
    String token = "t-" + from.getHostAddress();
    RawLink.Frame answer =
        control.ask(2, new Message.Open(token, false, false, "vm", String.valueOf(POINT)));
    assertEquals(FrameType.OPENED, answer.type());
    byte[] text = Arrays.copyOfRange(answer.payload(), 8 + 16 + 4, answer.payload().length);
    return new Holding(control, session, ManifestCodec.decode("the state to come", text));
  }

  private static FileEntry largest(Manifest manifest) {
    return manifest.files().getFirst(); // the base
  }

  private static byte[] fetches(Manifest manifest, int count) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 1; i <= count; i++) {
      bytes.writeBytes(
          RawLink.frame(i, new Message.Fetch(largest(manifest).fileId(), 0, Message.MOST_FETCH)));
    }
    return bytes.toByteArray();
  }

  @Test
  void whatLiesBeyondIsRefusedAndAFloodEndsTheLinkAlone() throws Exception {
    Holding holding = hold(HOSTILE, opened);
    RawLink data = connect("tcp");
    data.greet(Role.PULL, LinkKind.DATA, Optional.of(holding.session()));
    RawLink urgent = connect("tcp");
    urgent.greet(Role.PULL, LinkKind.URGENT, Optional.of(holding.session()));
    FileEntry file = largest(holding.manifest());
    long before = server.metric(REFUSED);
    Id id = holding.manifest().tip().orElseThrow().id();
    requireRefused(ErrorCode.CANNOT_BE, data, new Message.Fetch(file.fileId(), file.length(), 1));
    requireRefused(
        ErrorCode.CANNOT_BE, data, new Message.Fetch(file.fileId(), Long.MAX_VALUE - 2, 2));
    requireRefused(ErrorCode.NO_SUCH, data, new Message.Fetch(file.fileId() + 1, 0, 1));
    requireRefused(ErrorCode.CANNOT_BE, urgent, new Message.Pages(id, PAGES, 0, 1));
    requireRefused(ErrorCode.CANNOT_BE, urgent, new Message.Pages(id, PAGES - 1, 0, 2));
    requireRefused(ErrorCode.CANNOT_BE, urgent, new Message.Pages(id, 0, 1, 1));
    requireRefused(ErrorCode.NO_SUCH, urgent, new Message.Pages(new Id(1, 2), 0, 0, 1));
    await(REFUSED, before + 7);
    assertEquals(
        FrameType.DATA, data.ask(9, new Message.Fetch(file.fileId(), 0, 100)).type(), "it goes on");
    assertEquals(FrameType.PAGES_ARE, urgent.ask(9, new Message.Pages(id, 0, 0, 1)).type());

    long faults = server.metric(FAULTS);
    data.send(
        fetches(holding.manifest(), Abilities.MOST_REQUESTS * 20)); // and reads none meanwhile
    assertEquals(ErrorCode.CANNOT_BE, data.awaitEnd().code());
    await(FAULTS, faults + 1);
    assertEquals(FrameType.PAGES_ARE, urgent.ask(9, new Message.Pages(id, 0, 0, 1)).type());
  }

  private static void requireRefused(ErrorCode code, RawLink link, Message message)
      throws IOException {
    Message answer = link.ask(7, message).message();
    assertTrue(
        answer instanceof Message.Failure failure && failure.code() == code,
        () -> message + ": " + answer);
  }

  @Test
  void aSessionsTokenIsOfNoUseToOthersOrAfterItsEnd() throws Exception {
    RawLink control = connect("tcp");
    String session = control.greet(Role.PULL, LinkKind.CONTROL, Optional.empty());
    try (RawLink other = new RawLink(address("tcp"), DEAF)) {
      FailureException e =
          assertThrows(
              FailureException.class,
              () -> other.greet(Role.PULL, LinkKind.DATA, Optional.of(session)));
      assertEquals(ErrorCode.NO_SUCH, e.code());
    }
    connect("tcp").greet(Role.PULL, LinkKind.DATA, Optional.of(session));
    control.close();
    long end = System.nanoTime() + PATIENCE.toNanos();
    ErrorCode told = ErrorCode.FAILED;
    while (told != ErrorCode.NO_SUCH) { // as soon as the server knows of the end
      assertTrue(System.nanoTime() < end, "a session that has ended is joined: " + told);
      try (RawLink late = new RawLink(address("tcp"), HOSTILE)) {
        late.greet(Role.PULL, LinkKind.DATA, Optional.of(session));
      } catch (FailureException e) {
        told = e.code();
      }
    }
  }

  @Test
  void aTokenThatWasOverheardIsWorthNothingInAnotherSession() throws Exception {
    TlsCredentials credentials = TlsCredentials.load(certificates.anonymous(), _ -> {});
    RawLink own = connect("tls").secure(credentials);
    Hello.Token token = own.proof(NAME, SECRET);
    long before = server.metric(NOT_LET_IN);
    RawLink replayed = connect("tls").secure(credentials);
    for (RawLink each : List.of(replayed, connect("tcp"))) {
      FailureException e =
          assertThrows(
              FailureException.class,
              () -> each.greet(Role.PULL, LinkKind.CONTROL, Optional.empty(), Optional.of(token)));
      assertEquals(ErrorCode.NO_RIGHT, e.code());
    }
    await(NOT_LET_IN, before + 2);
    own.greet(Role.PULL, LinkKind.CONTROL, Optional.empty(), Optional.of(token));
  }

  @Test
  void plainTextOnTheTlsPortAndTheOtherWayRoundAreNotLetIn() throws Exception {
    long before = server.metric(NOT_LET_IN);
    RawLink speaking = connect("tls");
    speaking.preamble();
    speaking.send(RawLink.frame(FrameType.HELLO.number(), 0, 1, hello()));
    speaking.awaitClosed();
    for (byte[] first :
        List.of(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            new byte[64 << 10])) {
      RawLink link = connect("tls");
      link.send(first);
      link.awaitClosed();
    }
    RawLink secured = connect("tcp");
    TlsCredentials credentials = TlsCredentials.load(certificates.anonymous(), _ -> {});
    assertThrows(IOException.class, () -> secured.secure(credentials));
    await(NOT_LET_IN, before + 4);
  }

  @Test
  void aThousandHalfOpenConnectionsAreClosedAndNobodyElseIs() throws Exception {
    long before = server.metric(NOT_LET_IN);
    try (HostileTcp many = new HostileTcp(address("tcp"), HOSTILE, PATIENCE)) {
      HostileTcp.Outcome made = many.open(1000, new byte[] {(byte) 0x89});
      assertEquals(1000, made.connected(), made::toString);
      honest.requireUndisturbed();
      assertEquals(1000, many.awaitClosed(1000).closed());
    }
    await(NOT_LET_IN, before + 1000);
  }

  @Test
  void whoSaysAByteASecondIsNotWaitedFor() throws Exception {
    long before = server.metric(NOT_LET_IN);
    try (HostileTcp slow = new HostileTcp(address("tcp"), HOSTILE, PATIENCE)) {
      HostileTcp.Outcome outcome =
          slow.trickle(
              new byte[] {(byte) 0x89, 'C', 'A', 'I', 'R', 'N', '\r', '\n', 1, 0, 0, 0, 1, 0, 0, 0},
              Duration.ofSeconds(1));
      assertEquals(1, outcome.closed(), outcome::toString);
    }
    await(NOT_LET_IN, before + 1);
  }

  @Test
  void aClientHasNoMoreLinksThanItMay() throws Exception {
    List<RawLink> many = new ArrayList<>();
    FailureException e =
        assertThrows(
            FailureException.class,
            () -> {
              while (many.size() < 100) {
                many.add(control(Role.PULL));
              }
            });
    assertEquals(ErrorCode.TOO_MUCH, e.code());
    assertTrue(many.size() <= 40, "links: " + many.size());
    for (RawLink link : many) {
      link.send(ping()); // those that there are stay
    }
  }

  /** Half a minute goes by until they are ended: they are there while the others do their harm. */
  @BeforeAll
  void someNeverRead() throws IOException {
    Holding holding = hold(DEAF, deaf);
    for (int i = 0; i < DEAF_LINKS; i++) {
      RawLink link = new RawLink(address("tcp"), DEAF, 4096);
      deaf.add(link);
      link.greet(Role.PULL, LinkKind.DATA, Optional.of(holding.session()));
      link.send(fetches(holding.manifest(), Abilities.MOST_REQUESTS));
      deafEnds.add(
          beside.submit(
              () -> {
                link.pingUntilClosed();
                return null;
              }));
    }
    Future<?> _ =
        beside.submit(
            () -> {
              holding.control().pingUntilClosed(); // it is closed with the test
              return null;
            });
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void whoNeverReadsIsEndedInTheEnd() throws Exception {
    for (Future<?> each : deafEnds) {
      each.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    assertTrue(server.metric(LOST) >= DEAF_LINKS, "links lost");
  }
}
