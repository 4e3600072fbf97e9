package dev.cairn.tests.qemu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.hosts.Cut;
import dev.cairn.tests.hosts.DelayProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole way: a guest is captured on one host, and counts on at another one, into whose empty
 * store its chain is still coming, whatever becomes of the hosts that it comes from.
 */
@Timeout(600)
class PullPostcopyTest {
  private static final int LINK_DOWN_MILLIS = 5_000;

  private final Path directory;
  private final Captured captured;
  private final Cli other;

  PullPostcopyTest(@TempDir Path directory) {
    this.directory = directory;
    this.captured = new Captured(directory);
    this.other = new Cli(directory.resolve("other"));
    other.run(0, "init");
  }

  private Child serve(String store) throws IOException, InterruptedException {
    Child child = cairn(store, "serve");
    child.awaitWord("listening");
    return child;
  }

  private Child cairn(String store, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("--store", directory.resolve(store).toString()));
    all.addAll(List.of(words));
    return Child.cairn(directory, all.toArray(String[]::new));
  }

  private Path socket(String store) {
    return directory.resolve(store).resolve("run/serve.sock");
  }

  private DelayProxy proxy(String store) throws IOException {
    return DelayProxy.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        UnixDomainSocketAddress.of(socket(store)));
  }

  private static String from(DelayProxy proxy) {
    return "--from=tcp:127.0.0.1:" + ((InetSocketAddress) proxy.address()).getPort();
  }

  @ParameterizedTest
  @ValueSource(strings = {"qemu10", "qemu11"})
  void aGuestCountsOnWhileItsChainIsComingAndItsSourcesDie(String version)
      throws IOException, InterruptedException {
    Firmware firmware = new Firmware(64, 4096, 4, 4000);
    int counted = capture(version, firmware);
    new Cli(directory.resolve("here")).run(0, "init");
    try (Child first = serve("store");
        Child _ = serve("other");
        DelayProxy near = proxy("store");
        DelayProxy far = proxy("other")) {
      far.refuse(true);
      String[] pull = {
        "pull", "vm", "--postcopy", "--limit-rate=600K", "--switch-after=2s", from(near), from(far)
      };
      try (Guest guest = Guest.of(version).firmware(firmware).incoming("defer").start()) {
        Child resume;
        try (Child puller = cairn("here", pull)) {
          puller.awaitWord("can be read");
          resume = cairn("here", "resume", "vm", "--postcopy", "--qmp=unix:" + guest.socket());
          guest.awaitNextCount();
          assertTrue(guest.counts().getFirst() <= counted + 1, "it is that guest");
          assertFalse(puller.hasEndedWithin(0), "most of it is still to come");
          down(near, guest);
          puller.kill();
        }
        try (resume;
            Child puller = cairn("here", pull)) {
          guest.awaitNextCount();
          first.kill();
          near.refuse(true);
          near.cut(Cut.RESET);
          far.refuse(false);
          guest.awaitNextCount();
          assertTrue(resume.await(0).contains("resumed: "), resume.said());
          puller.await(0);
          guest.awaitNextCount();
          guest.assertUnbroken();
        }
      }
    }
    new Cli(directory.resolve("here")).run(0, "verify");
    new Cli(directory.resolve("here")).run(0, "list", "vm");
  }

  /** The guest goes on as far as it gets without what is missing, and then when there is a link. */
  private static void down(DelayProxy link, Guest guest) throws IOException, InterruptedException {
    link.refuse(true);
    link.cut(Cut.END);
    Thread.sleep(LINK_DOWN_MILLIS);
    link.refuse(false);
    guest.awaitNextCount();
  }

  /** Captures some points, and brings a copy to the other host, which merges it its own way. */
  private int capture(String version, Firmware firmware) throws IOException, InterruptedException {
    int counted;
    try (Guest guest = Guest.of(version).firmware(firmware).start()) {
      guest.awaitCount(2);
      try (Child capture = captured.capture(guest, "--every=300ms", "--count=8")) {
        capture.await(0);
      }
      counted = guest.count();
    }
    try (Child server = serve("store")) {
      other.run(0, "pull", "vm", "--from", "unix:" + socket("store"));
      server.terminate();
    }
    other.run(0, "forget", "vm", "--keep-last", "1");
    other.run(0, "compact", "vm");
    return counted;
  }
}
