package dev.cairn.tests.hosts;

import dev.cairn.tests.PrivateMounts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Two hosts with a link between them: network namespaces without names, and a veth pair that only
 * they see. Nothing of them has a place on the machine; they end with their last process, and what
 * a JVM that died has left in one is ended by the next. Root needs no more than that, others user
 * namespaces. Where neither is allowed the hosts are this one, by loopback, and say so; in CI that
 * is a failure. Not thread-safe.
 */
public final class TwoHosts implements AutoCloseable {
  private static final Host.Addresses LEFT = new Host.Addresses("10.77.0.1", "fd00::1");
  private static final Host.Addresses RIGHT = new Host.Addresses("10.77.0.2", "fd00::2");

  /** So long a packet waits at most; then it is lost, as at a switch. */
  private static final int QUEUE_MILLIS = 50;

  private final Host left;
  private final Host right;
  private boolean shaped;

  private TwoHosts(Host left, Host right) {
    this.left = left;
    this.right = right;
  }

  /** Makes two, with a link that is as fast as the machine. */
  public static TwoHosts open() throws IOException, InterruptedException {
    List<Long> swept = Owner.sweep();
    if (!swept.isEmpty()) {
      System.out.println("hosts of tests that died: killed " + swept);
    }
    try {
      return namespaces(List.of("unshare"));
    } catch (NotAllowedException e) {
      if ("true".equals(System.getenv("CI"))) {
        PrivateMounts.missing("two network namespaces: " + e.getMessage());
      }
      return loopback(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Makes two namespaces.
   *
   * @param unshare the program that makes them
   */
  static TwoHosts namespaces(List<String> unshare) throws IOException, InterruptedException {
    boolean root = PrivateMounts.isRoot();
    List<String> first = new ArrayList<>(unshare);
    first.addAll(root ? List.of() : List.of("--user", "--map-root-user"));
    first.add("--net");
    Namespace left = Namespace.open(first, !root);
    Optional<Namespace> right = Optional.empty();
    boolean done = false;
    try {
      List<String> second = new ArrayList<>(root ? List.of() : left.userLauncher());
      second.addAll(unshare);
      second.add("--net");
      right = Optional.of(Namespace.open(second, !root));
      TwoHosts hosts = new TwoHosts(new Host(left, LEFT), new Host(right.get(), RIGHT));
      hosts.link(right.get().pid());
      done = true;
      return hosts;
    } finally {
      if (!done) {
        right.ifPresent(Namespace::close);
        left.close();
      }
    }
  }

  /** Makes two of this one, which have different addresses only of IPv4. */
  static TwoHosts loopback(String reason) {
    System.out.println("skipped: two hosts, for which loopback stands in: " + reason);
    return new TwoHosts(
        new Host(null, new Host.Addresses("127.0.0.1", "::1")),
        new Host(null, new Host.Addresses("127.0.0.2", "::1")));
  }

  private void link(long rightPid) throws IOException, InterruptedException {
    try {
      String link = Host.LINK;
      left.run("ip link add " + link + " type veth peer name " + link + " netns " + rightPid);
      left.run(left.setUp());
      right.run(right.setUp());
      rate(1_000_000_000); // whether it can be shaped is found out now
      unlimited();
    } catch (IOException e) {
      NotAllowedException why = new NotAllowedException(String.valueOf(e.getMessage()));
      why.initCause(e);
      throw why;
    }
  }

  /** Tells whether there is only one host, which is not shaped and has no link. */
  public boolean isLoopback() {
    return left.namespace().isEmpty();
  }

  public Host left() {
    return left;
  }

  public Host right() {
    return right;
  }

  /** Shapes the link, in each direction; what is on the way keeps its order. */
  public void rate(long bitsPerSecond) throws IOException, InterruptedException {
    // So many bytes go at once: those of 4 ms, a tick of slow kernels, and at least a large packet.
    long burst = Math.max(64 << 10, bitsPerSecond / 8 / 250);
    shape(
        "replace dev %s root tbf rate %dbit burst %d latency %dms"
            .formatted(Host.LINK, bitsPerSecond, burst, QUEUE_MILLIS));
    shaped = true;
  }

  /** Ends the shaping. */
  public void unlimited() throws IOException, InterruptedException {
    if (shaped) {
      shape("del dev " + Host.LINK + " root");
      shaped = false;
    }
  }

  private void shape(String how) throws IOException, InterruptedException {
    if (isLoopback()) {
      System.out.println("skipped: shaping of a link, for there is only loopback");
      return;
    }
    left.run("tc qdisc " + how);
    right.run("tc qdisc " + how);
  }

  /**
   * Ends the processes on both hosts, and so the hosts.
   *
   * @throws AssertionError if there were any: who started one ends it
   */
  @Override
  public void close() throws IOException {
    List<Long> killed = new ArrayList<>();
    for (Host host : List.of(left, right)) {
      if (host.namespace().isPresent()) {
        try (Namespace namespace = host.namespace().get()) {
          killed.addAll(namespace.killOthers());
        }
      }
    }
    if (!killed.isEmpty()) {
      throw new AssertionError("processes were left on a host, and were killed: " + killed);
    }
  }
}
