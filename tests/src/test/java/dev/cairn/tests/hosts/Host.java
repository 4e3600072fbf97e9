package dev.cairn.tests.hosts;

import dev.cairn.tests.PrivateMounts;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of two hosts: its addresses, its end of the link, and how processes are started on it. Not
 * thread-safe.
 */
public final class Host {
  /** What the end of the link is called on each host. */
  static final String LINK = "eth0";

  private final @Nullable Namespace namespace;
  private final Addresses addresses;

  /**
   * The addresses of a host.
   *
   * @param v4 of IPv4
   * @param v6 of IPv6
   */
  record Addresses(String v4, String v6) {}

  Host(@Nullable Namespace namespace, Addresses addresses) {
    this.namespace = namespace;
    this.addresses = addresses;
  }

  public InetAddress v4() {
    return InetAddress.ofLiteral(addresses.v4);
  }

  public InetAddress v6() {
    return InetAddress.ofLiteral(addresses.v6);
  }

  /**
   * Returns the command that executes another one on this host, for {@link
   * dev.cairn.tests.Child#java} and {@link dev.cairn.tests.Child#cairn}; nothing on loopback.
   */
  public List<String> launcher() throws IOException {
    return namespace == null ? List.of() : namespace.launcher();
  }

  /** Takes the link down at this end; nothing that is sent arrives, and nobody is told. */
  public void linkDown() throws IOException, InterruptedException {
    run("ip link set " + LINK + " down");
  }

  public void linkUp() throws IOException, InterruptedException {
    run("ip link set " + LINK + " up");
  }

  /** Takes an address from this host; who sends to it is not answered. */
  public void remove(InetAddress address) throws IOException, InterruptedException {
    run("ip address del " + network(address) + " dev " + LINK);
  }

  /** Gives it back. */
  public void restore(InetAddress address) throws IOException, InterruptedException {
    run("ip address add " + network(address) + " dev " + LINK + noDetection(address));
  }

  /**
   * Runs a script of the shell on this host, which must succeed; skips the test on loopback.
   *
   * @return what it said
   */
  public String run(String script) throws IOException, InterruptedException {
    if (namespace == null) {
      PrivateMounts.missing("two network namespaces, for: " + script);
      throw new IllegalStateException("a missing part ends the test");
    }
    return namespace.run(script);
  }

  /** Returns what gives this host both its addresses and takes its links up. */
  String setUp() {
    // An address of IPv6 would leave with the link, and not come back.
    return "echo 1 >/proc/sys/net/ipv6/conf/"
        + LINK
        + "/keep_addr_on_down; ip link set lo up; ip link set "
        + LINK
        + " up; "
        + ("ip address add " + network(v4()) + " dev " + LINK + "; ")
        + ("ip address add " + network(v6()) + " dev " + LINK + noDetection(v6()));
  }

  Optional<Namespace> namespace() {
    return Optional.ofNullable(namespace);
  }

  private static String network(InetAddress address) {
    return address.getHostAddress() + (address.getAddress().length == 4 ? "/24" : "/64");
  }

  /** Without it an address of IPv6 is not to be used for a second. */
  private static String noDetection(InetAddress address) {
    return address.getAddress().length == 4 ? "" : " nodad";
  }
}
