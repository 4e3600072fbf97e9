package dev.cairn.transport.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.RefusedException;
import dev.cairn.transport.link.LinkLab.Client;
import dev.cairn.transport.link.LinkLab.Ground;
import dev.cairn.transport.link.LinkLab.Raw;
import dev.cairn.transport.link.LinkLab.Silent;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.GreetingText;
import dev.cairn.transport.wire.Hello;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Preamble;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.VersionRange;
import dev.cairn.transport.wire.Versions;
import dev.cairn.transport.wire.VersionsTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Preamble, HELLO and WELCOME over real connections, and who is let in. */
@Timeout(90) // Who speaks by hand waits without an end of his own.
final class GreetingTest {
  private static final String TCP = "tcp:127.0.0.1:0";

  @TempDir Path directory = Path.of("unset");

  private static LinkLab plain() throws IOException {
    return new LinkLab(Ground.plain(TCP), LinkContract.LONG, _ -> new Silent());
  }

  private static LinkLab speaking(Versions versions) throws IOException {
    return new LinkLab(
        Ground.plain(TCP),
        LinkContract.LONG,
        versions,
        ServerSettings.Limits.STANDARD,
        _ -> new Silent());
  }

  private static ClientSettings clientOf(Versions versions) {
    return new ClientSettings(LinkLab.abilities(), versions, Optional.empty());
  }

  @Test
  void bothSpeakTheOlderOnesNewestVersion() throws Exception {
    for (int[] pair : new int[][] {{1, 2, 1}, {2, 1, 1}, {2, 2, 2}, {1, 1, 1}}) {
      try (LinkLab lab = speaking(VersionsTest.upTo(1, pair[0]))) {
        Client client =
            lab.open(Role.PULL, clientOf(VersionsTest.upTo(1, pair[1])), _ -> new Silent());
        assertEquals(pair[2], client.group().agreement().version());
        Session session = LinkLab.take(lab.sessions);
        assertEquals(client.group().agreement(), session.agreement());
        client.link(LinkKind.DATA);
      }
    }
  }

  @Test
  void versionsWithoutACommonOneAreRefusedByBothWithBothRanges() throws Exception {
    try (LinkLab lab = speaking(VersionsTest.upTo(2, 3))) {
      RefusedException e =
          assertThrows(
              RefusedException.class,
              () -> lab.open(Role.PULL, clientOf(Versions.known()), _ -> new Silent()));
      String here = String.valueOf(e.getMessage());
      String there = lab.event("refused");
      for (String says : List.of(here, there)) {
        assertTrue(says.contains("1-1") && says.contains("2-3"), says);
      }
      assertTrue(lab.sessions.isEmpty());
    }
  }

  @Test
  void whatOneCannotReadIsRefusedWithBothValues() throws Exception {
    try (LinkLab lab = plain()) {
      var own = LinkLab.abilities();
      var newer =
          new dev.cairn.transport.wire.Abilities(
              new VersionRange(2, 2),
              own.manifests(),
              own.pageSizes(),
              own.codecs(),
              1,
              8,
              own.features(),
              "");
      for (Role role : new Role[] {Role.PULL, Role.SEND}) {
        RefusedException e =
            assertThrows(
                RefusedException.class,
                () ->
                    lab.open(
                        role,
                        new ClientSettings(newer, Versions.known(), Optional.empty()),
                        _ -> new Silent()));
        String says = String.valueOf(e.getMessage());
        assertTrue(says.contains(role == Role.PULL ? "2-2" : "writes version 2"), says);
        assertTrue(says.contains(role == Role.PULL ? "writes version 1" : "1-1"), says);
      }
      assertTrue(lab.sessions.isEmpty());
    }
  }

  /** Says HELLO in lines of its own; returns what comes back. */
  private static Message.Failure refusal(LinkLab lab, String hello) throws Exception {
    Connection connection = lab.connect();
    say(connection, hello.getBytes(StandardCharsets.UTF_8));
    connection.input().raw(Preamble.BYTES);
    return new Raw(connection, "").awaitError(1);
  }

  private static void say(Connection connection, byte[] hello) throws IOException {
    ByteBuffer out = FrameHeader.buffer(Preamble.BYTES + FrameHeader.BYTES + hello.length);
    Preamble.put(out, new VersionRange(1, 1));
    ByteBuffer frame = out.slice(Preamble.BYTES, FrameHeader.BYTES + hello.length);
    frame.order(out.order()).position(FrameHeader.BYTES).put(hello);
    new FrameHeader().put(frame, 0, FrameType.HELLO, 1, false, hello.length, hello.length);
    connection.output().raw(out.position(0));
  }

  private static String hello() {
    Hello hello =
        new Hello(
            Role.PULL, LinkKind.CONTROL, Optional.empty(), LinkLab.abilities(), Optional.empty());
    return new String(GreetingText.write(hello), StandardCharsets.UTF_8);
  }

  @Test
  void unknownLinesArePassedOverAndThoseThatMustBeKnownAreRefused() throws Exception {
    try (LinkLab lab = plain()) {
      Connection connection = lab.connect();
      say(connection, (hello() + "colour blue\n").getBytes(StandardCharsets.UTF_8));
      connection.input().raw(Preamble.BYTES);
      assertEquals(FrameType.WELCOME, connection.input().next().type());
      Message.Failure failure = refusal(lab, hello() + "X-colour blue\n");
      assertEquals(ErrorCode.VERSION, failure.code());
      assertTrue(failure.what().contains("X-colour"), failure::toString);
    }
  }

  @Test
  void aHelloThatIsNoneIsToldSo() throws Exception {
    try (LinkLab lab = plain()) {
      for (String bad :
          List.of(
              "",
              hello() + "streams 4\n",
              hello().replace("role pull", "role push"),
              hello() + "long " + "y".repeat(20_000) + "\n")) {
        if (bad.length() < GreetingText.MOST_BYTES) {
          assertEquals(ErrorCode.CANNOT_BE, refusal(lab, bad).code());
        } else {
          Connection connection = lab.connect();
          say(connection, bad.getBytes(StandardCharsets.UTF_8));
          connection.input().raw(Preamble.BYTES);
          new Raw(connection, "").awaitError(1);
        }
        lab.event("refused");
      }
    }
  }

  @Test
  void adminIsForTheServersOwnUserOverAUnixSocket() throws Exception {
    try (LinkLab lab = plain()) {
      FailureException e =
          assertThrows(FailureException.class, () -> lab.open(Role.ADMIN, _ -> new Silent()));
      assertEquals(ErrorCode.NO_RIGHT, e.code());
    }
    Ground unix = Ground.plain("unix:" + directory.resolve("admin"));
    try (LinkLab lab = new LinkLab(unix, LinkContract.LONG, _ -> new Silent())) {
      lab.open(Role.ADMIN, _ -> new Silent());
      Session session = LinkLab.take(lab.sessions);
      Object uid = java.nio.file.Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      assertEquals("uid:" + uid, session.peer().name());
      assertEquals(dev.cairn.transport.peer.Peer.Standing.OWN, session.peer().standing());
    }
  }

  @Test
  void whatSpeaksAnotherLanguageIsToldApart() throws Exception {
    try (LinkLab lab = plain()) {
      for (String[] each :
          new String[][] {
            {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP"},
            {"\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003aaaaaaaa", "TLS"},
            {"QEVMQEVMQEVMQEVM", "text"}
          }) {
        Connection connection = lab.connect();
        ByteBuffer out = FrameHeader.buffer(100).put(each[0].getBytes(StandardCharsets.ISO_8859_1));
        connection.output().raw(out.flip());
        assertTrue(lab.event("refused").contains(each[1]), each[1]);
      }
    }
  }

  @Test
  void aSessionIsJoinedByItsOwnTokenAloneAndEndsWithItsControlLink() throws Exception {
    try (LinkLab lab = plain()) {
      Raw control = lab.raw(Role.PULL, LinkKind.CONTROL, Optional.empty());
      for (String token : List.of("another", control.session() + "0")) {
        FailureException e =
            assertThrows(
                FailureException.class,
                () -> lab.raw(Role.PULL, LinkKind.DATA, Optional.of(token)));
        assertEquals(ErrorCode.NO_SUCH, e.code());
      }
      Raw data = lab.raw(Role.PULL, LinkKind.DATA, Optional.of(control.session()));
      lab.raw(Role.PULL, LinkKind.DATA, Optional.of(control.session()));
      FailureException third =
          assertThrows(
              FailureException.class,
              () -> lab.raw(Role.PULL, LinkKind.DATA, Optional.of(control.session())));
      assertEquals(ErrorCode.TOO_MUCH, third.code());
      control.close();
      lab.event("ended");
      assertThrows(IOException.class, () -> data.connection().input().next());
      FailureException e =
          assertThrows(
              FailureException.class,
              () -> lab.raw(Role.PULL, LinkKind.DATA, Optional.of(control.session())));
      assertEquals(ErrorCode.NO_SUCH, e.code());
    }
  }

  @Test
  void aClientHasNoMoreLinksThanItMay() throws Exception {
    try (LinkLab lab =
        new LinkLab(
            Ground.plain(TCP),
            LinkContract.LONG,
            Versions.known(),
            new ServerSettings.Limits(64, 3, 512),
            _ -> new Silent())) {
      List<Raw> links = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        links.add(lab.raw(Role.PULL, LinkKind.CONTROL, Optional.empty()));
      }
      FailureException e =
          assertThrows(
              FailureException.class, () -> lab.raw(Role.PULL, LinkKind.CONTROL, Optional.empty()));
      assertEquals(ErrorCode.TOO_MUCH, e.code());
      links.getFirst().close();
      lab.event("ended");
      lab.event("ended"); // the one that was refused, and the one that was closed
      lab.raw(Role.PULL, LinkKind.CONTROL, Optional.empty());
    }
  }

  @Test
  void aThousandHalfOpenConnectionsDisturbNobody() throws Exception {
    try (LinkLab lab = plain()) {
      Client client = lab.open(Role.PULL, _ -> new Silent());
      client.link(LinkKind.DATA);
      List<Connection> halfOpen = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        halfOpen.add(lab.connect());
      }
      for (int i = 0; i < 1000 - 64; i++) {
        lab.event("refused"); // each of them was pushed out by a later one
      }
      lab.open(Role.PULL, _ -> new Silent()).link(LinkKind.DATA);
      assertTrue(client.losses.isEmpty());
      assertEquals(1000, halfOpen.size());
    }
  }

  @Test
  void whoDoesNotShakeHandsInTimeIsShutDown() throws Exception {
    LinkSettings.Periods periods =
        new LinkSettings.Periods(
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofMillis(500));
    try (LinkLab lab = new LinkLab(Ground.plain(TCP), periods, _ -> new Silent())) {
      Connection connection = lab.connect();
      assertTrue(lab.event("refused").contains("within 500 ms"));
      connection.input().raw(Preamble.BYTES);
      assertThrows(IOException.class, () -> connection.input().next());
    }
  }

  @Test
  void aWrongTokenAndOneOfAnotherSessionAreRefused() throws Exception {
    try (LinkLab lab =
        new LinkLab(
            TlsGrounds.withToken(directory, "another secret, as long"),
            LinkContract.LONG,
            _ -> new Silent())) {
      FailureException e =
          assertThrows(FailureException.class, () -> lab.open(Role.PULL, _ -> new Silent()));
      assertEquals(ErrorCode.NO_RIGHT, e.code());
    }
    Ground ground = TlsGrounds.withToken(directory, TlsGrounds.SECRET);
    try (LinkLab lab = new LinkLab(ground, LinkContract.LONG, _ -> new Silent())) {
      var token = ground.tls().orElseThrow().token().orElseThrow();
      Connection first = lab.connect();
      Hello.Token overheard = ClientHandshake.proof(first.carrier(), token);
      Hello replayed =
          new Hello(
              Role.PULL,
              LinkKind.CONTROL,
              Optional.empty(),
              LinkLab.abilities(),
              Optional.of(overheard));
      ClientHandshake handshake =
          new ClientHandshake(lab.listener.endpoint(), lab.settings(), lab.client());
      FailureException e =
          assertThrows(FailureException.class, () -> handshake.greet(lab.connect(), replayed));
      assertEquals(ErrorCode.NO_RIGHT, e.code());
      handshake.greet(first, replayed); // in its own session it is worth what it is worth
      assertEquals(TlsGrounds.NAME, LinkLab.take(lab.sessions).peer().name());
    }
  }

  @Test
  void aCertificateNamesItsClient() throws Exception {
    try (LinkLab lab =
        new LinkLab(TlsGrounds.withCertificates(directory), LinkContract.LONG, _ -> new Silent())) {
      lab.open(Role.PULL, _ -> new Silent());
      assertEquals("client", LinkLab.take(lab.sessions).peer().name());
    }
  }

  @Test
  void offLoopbackThereMustBeTlsOrAWordThatThereIsNone() throws Exception {
    Ground everywhere = Ground.plain("tcp:0.0.0.0:0");
    RefusedException e =
        assertThrows(
            RefusedException.class,
            () -> new LinkLab(everywhere, LinkContract.LONG, _ -> new Silent()));
    assertTrue(String.valueOf(e.getMessage()).contains("read guest memory"), e::getMessage);
    Ground insecure =
        new Ground(
            everywhere.endpoint(),
            new LinkServer.Security(Optional.empty(), true),
            Optional.empty(),
            Optional.empty());
    new LinkLab(insecure, LinkContract.LONG, _ -> new Silent()).close();
  }
}
