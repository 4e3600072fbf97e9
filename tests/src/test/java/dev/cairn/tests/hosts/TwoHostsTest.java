package dev.cairn.tests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts are two, their link is what it is told to be, and nothing of them stays. */
class TwoHostsTest {
  private static final List<String> SMALL_JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
  private static final int BULK_BYTES = 10_000_000;

  /**
   * So long nothing comes of what cannot come: a success too soon is possible, a failure is not.
   */
  private static final long QUIET_MICROS = 500_000;

  private final Path directory;

  TwoHostsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private Child echo(Host host, InetAddress address) throws IOException {
    return Child.java(
        directory, host.launcher(), SMALL_JVM, EchoMain.class, address.getHostAddress());
  }

  private static String port(Child echo) throws IOException, InterruptedException {
    echo.awaitWord(" .\n");
    return firstGroup("port ([0-9]+) ", echo.said());
  }

  private Child ping(Host host, InetAddress address, Child echo)
      throws IOException, InterruptedException {
    return Child.java(
        directory,
        host.launcher(),
        SMALL_JVM,
        PingMain.class,
        address.getHostAddress(),
        port(echo),
        "" + BULK_BYTES);
  }

  private static String firstGroup(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertTrue(matcher.find(), pattern + " in " + text);
    return matcher.group(1);
  }

  private static void awaitPong(Child ping, int number) throws IOException, InterruptedException {
    ping.tell("p");
    ping.awaitWord("pong " + number + " .\n");
  }

  /** Asks for a number that cannot come back. */
  private static void awaitNoPong(Child ping, int number) throws IOException, InterruptedException {
    ping.tell("p");
    assertFalse(ping.hasEndedWithin(QUIET_MICROS), "a connection is not told: " + ping.said());
    assertFalse(ping.said().contains("pong " + number + " "), ping.said());
  }

  @Test
  void processesOnThemReachEachOtherByBothFamilies() throws Exception {
    try (TwoHosts hosts = TwoHosts.open()) {
      Host right = hosts.right();
      for (InetAddress address : List.of(right.v4(), right.v6())) {
        try (Child echo = echo(right, address);
            Child ping = ping(hosts.left(), address, echo)) {
          awaitPong(ping, 1);
        }
      }
    }
  }

  @Test
  void aProxyOnAHostIsTheWayInByAUnixSocket() throws Exception {
    try (TwoHosts hosts = TwoHosts.open()) {
      Host right = hosts.right();
      UnixDomainSocketAddress door = UnixDomainSocketAddress.of(directory.resolve("door"));
      try (Child echo = echo(right, right.v6())) {
        SocketAddress target = new InetSocketAddress(right.v6(), Integer.parseInt(port(echo)));
        try (DelayProxy proxy = DelayProxy.start(directory, hosts.left().launcher(), door, target);
            SocketChannel channel = SocketChannel.open(door)) {
          channel.write(ByteBuffer.wrap(new byte[] {7}));
          ByteBuffer back = ByteBuffer.allocate(1);
          channel.read(back);
          assertEquals(7, back.get(0));
          right.linkDown();
          channel.write(ByteBuffer.wrap(new byte[] {8}));
          proxy.cut(Cut.END);
          assertEquals(-1, channel.read(back.clear()), "it did not come back");
        }
      }
    }
  }

  @Test
  void theLinkIsShapedAndChangedWhileItRuns() throws Exception {
    try (TwoHosts hosts = TwoHosts.open()) {
      Host right = hosts.right();
      try (Child echo = echo(right, right.v4());
          Child ping = ping(hosts.left(), right.v4(), echo)) {
        for (String rate : List.of("200Mbit", "2Gbit", "none")) {
          switch (rate) {
            case "200Mbit" -> hosts.rate(200_000_000);
            case "2Gbit" -> hosts.rate(2_000_000_000L);
            default -> hosts.unlimited();
          }
          for (Host host : List.of(hosts.left(), right)) {
            String shown = host.run("tc qdisc show dev " + Host.LINK);
            assertEquals(!rate.equals("none"), shown.contains("tbf"), shown);
            assertTrue(rate.equals("none") || shown.contains("rate " + rate), shown);
          }
          int before = ping.said().length();
          ping.tell("b");
          awaitBulk(ping, before);
          String millis = firstGroup("bulk ([0-9]+) ms", ping.said().substring(before));
          System.out.println(
              "link " + rate + ": " + BULK_BYTES + " bytes there and back in " + millis + " ms");
        }
      }
    }
  }

  private static void awaitBulk(Child ping, int before) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!ping.said().substring(before).contains(" ms .\n")) {
      assertTrue(System.nanoTime() < end, "bytes come back in time");
      assertFalse(ping.hasEndedWithin(10_000), ping.said());
    }
  }

  @Test
  void aLinkThatIsDownPassesNothingAndComesBackWithItsAddresses() throws Exception {
    try (TwoHosts hosts = TwoHosts.open()) {
      Host right = hosts.right();
      for (InetAddress address : List.of(right.v4(), right.v6())) {
        try (Child echo = echo(right, address);
            Child ping = ping(hosts.left(), address, echo)) {
          awaitPong(ping, 1);
          for (Host end : List.of(hosts.left(), right)) {
            int next = end == right ? 3 : 2;
            end.linkDown();
            awaitNoPong(ping, next);
            end.linkUp();
            ping.awaitWord("pong " + next + " .\n");
          }
        }
      }
    }
  }

  @Test
  void anAddressThatIsRemovedIsNotAnsweredUntilItIsBack() throws Exception {
    try (TwoHosts hosts = TwoHosts.open()) {
      Host right = hosts.right();
      for (InetAddress address : List.of(right.v4(), right.v6())) {
        try (Child echo = echo(right, address);
            Child ping = ping(hosts.left(), address, echo)) {
          awaitPong(ping, 1);
          right.remove(address);
          awaitNoPong(ping, 2);
          right.restore(address);
          ping.awaitWord("pong 2 .\n");
        }
      }
    }
  }

  @Test
  void nothingIsSeenOfThemOnTheMachineAndNothingStays() throws Exception {
    Set<String> links = names("/sys/class/net");
    Set<String> named = names("/run/netns");
    long[] holders = new long[2];
    try (TwoHosts hosts = TwoHosts.open();
        TwoHosts others = TwoHosts.open()) {
      assertEquals(links, names("/sys/class/net"));
      others.left().linkDown(); // of other hosts with the same addresses
      try (Child echo = echo(hosts.right(), hosts.right().v4());
          Child ping = ping(hosts.left(), hosts.right().v4(), echo)) {
        awaitPong(ping, 1);
      }
      holders[0] = hosts.left().namespace().orElseThrow().pid();
      holders[1] = hosts.right().namespace().orElseThrow().pid();
    }
    assertEquals(links, names("/sys/class/net"));
    assertEquals(named, names("/run/netns"));
    for (long holder : holders) {
      assertFalse(Files.exists(Path.of("/proc/" + holder)), "process " + holder);
    }
  }

  private static Set<String> names(String directory) throws IOException {
    if (!Files.exists(Path.of(directory))) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(Path.of(directory))) {
      return files.map(Path::toString).collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void whoLeavesAProcessOnAHostIsToldAndItIsKilled() throws Exception {
    TwoHosts hosts = TwoHosts.open();
    hosts.left().run("true"); // skips on loopback, where nobody can tell
    try (Child echo = echo(hosts.right(), hosts.right().v4())) {
      port(echo);
      AssertionError error = assertThrows(AssertionError.class, hosts::close);
      assertTrue(String.valueOf(error.getMessage()).contains("" + echo.pid()), error.getMessage());
      assertTrue(echo.hasEndedWithin(60_000_000));
    }
  }

  @Test
  void whatAKilledTestLeftIsEndedByTheNextAndWhatALivingOneHasIsNot() throws Exception {
    try (Child owner = Child.java(directory, SMALL_JVM, OwnerMain.class)) {
      owner.awaitWord(" .\n");
      if (owner.said().contains("skipped: two hosts")) {
        TwoHosts.open().left().run("true"); // skips
      }
      long left = Long.parseLong(firstGroup("left ([0-9]+) ", owner.said()));
      TwoHosts.open().close();
      assertTrue(isRunning(left), "the process of a test that lives");
      owner.kill();
      assertTrue(isRunning(left), "it outlives its owner");
      TwoHosts.open().close();
      assertFalse(isRunning(left), "the process of a test that died");
    }
  }

  private static boolean isRunning(long pid) {
    // One that ended, and whom nobody has reaped yet, has no arguments.
    try {
      return !Files.readString(Path.of("/proc/" + pid + "/cmdline")).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /** Makes hosts, leaves a process on one that does not end by itself, and waits to be killed. */
  static final class OwnerMain {
    private OwnerMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
      try (TwoHosts hosts = TwoHosts.open()) {
        List<String> command = new ArrayList<>(hosts.left().launcher());
        command.addAll(List.of("sleep", "600"));
        Process process =
            new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        System.out.println("left " + process.pid() + " .");
        while (System.in.read() >= 0) {}
      }
    }
  }

  @Test
  void whereNamespacesAreNotAllowedLoopbackStandsInAndSaysSo() throws Exception {
    NotAllowedException why =
        assertThrows(NotAllowedException.class, () -> TwoHosts.namespaces(List.of("false")));
    assertTrue(String.valueOf(why.getMessage()).contains("false"), why.getMessage());
    try (TwoHosts hosts = TwoHosts.loopback("for this test")) {
      assertTrue(hosts.isLoopback());
      hosts.rate(200_000_000);
      try (Child echo = echo(hosts.right(), hosts.right().v4());
          Child ping = ping(hosts.left(), hosts.right().v4(), echo)) {
        awaitPong(ping, 1);
      }
      Throwable missing = assertThrows(Throwable.class, hosts.left()::linkDown);
      assertTrue(String.valueOf(missing.getMessage()).contains("two network namespaces"));
    }
  }
}
