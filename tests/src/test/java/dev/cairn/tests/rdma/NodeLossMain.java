package dev.cairn.tests.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tools.Cairn;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkGroup;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.link.Requests;
import dev.cairn.transport.rdma.Leftovers;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Role;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node that is gone from one moment to the next while a chain is pulled from it, and a session
 * with it is idle. A main of the lab's two guests ({@code rdma.sh --pair}): {@code make DIRECTORY}
 * makes the chain, {@code serve} is the node that is killed, and without a word it is the other
 * one, which decides and leaves with 0 if all is as it has to be.
 */
final class NodeLossMain {
  private static final String THERE = "rdma:10.9.0.1:7471";
  private static final String HERE = "tcp:127.0.0.1:7472";
  private static final int IMAGE_MIB = 12;
  private static final String RATE = "3M";
  private static final long PATIENCE_SECONDS = 240;

  /** Of links: what they call lost has to be so long ago, and a look later. */
  private static final long LOST_SECONDS = 30;

  private static final List<String> JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m");

  /** While a pull runs in this process, System.out is the pull's. */
  private static final PrintStream CONSOLE = System.out;

  private final Path directory = Path.of("/tmp/loss");

  private NodeLossMain() {}

  public static void main(String[] arguments) throws Exception {
    String word = arguments.length == 0 ? "" : arguments[0];
    if (word.equals("make")) {
      make(Path.of(arguments[1]));
      return;
    }
    int code = 1;
    try {
      NodeLossMain main = new NodeLossMain();
      main.copy();
      if (word.equals("serve")) {
        code = main.serve();
      } else {
        main.run();
        code = 0;
        say("1 passed, 0 failed");
      }
    } catch (Exception | AssertionError e) {
      e.printStackTrace(CONSOLE);
      say("0 passed, 1 failed");
    }
    System.exit(code);
  }

  private static void make(Path into) throws IOException {
    byte[] all = new byte[IMAGE_MIB << 20];
    new Random(7).nextBytes(all);
    Path image = Files.write(into.resolve("image"), all);
    Cli cli = new Cli(into.resolve("store"));
    cli.run(0, "init");
    cli.run(0, "checkpoint", "vm", "--from", "raw:" + image);
  }

  /** Takes the chain out of the shared directory: a store lies on no network's file system. */
  private void copy() throws IOException {
    Path from = Path.of("/host");
    Files.createDirectories(directory);
    for (String name : List.of("image", "store")) {
      try (Stream<Path> all = Files.walk(from.resolve(name))) {
        for (Path each : all.toList()) {
          Files.copy(each, directory.resolve(from.relativize(each).toString()));
        }
      }
    }
  }

  private int serve() {
    String store = directory.resolve("store").toString();
    return Cairn.run(
        "--store", store, "serve", "--listen", THERE, "--insecure", "--limit-rate", RATE);
  }

  private void run() throws Exception {
    awaitNode();
    Leftovers before = Leftovers.settled();
    CompletableFuture<LinkLostException> lost = new CompletableFuture<>();
    try (ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
        LinkGroup _ = idle(timer, lost)) {
      AtomicReference<Cli.@Nullable Said> pulled = new AtomicReference<>();
      Cli cli = new Cli(directory.resolve("there"));
      cli.run(0, "init");
      Thread puller =
          Thread.ofPlatform()
              .start(
                  () ->
                      pulled.set(
                          cli.attempt(
                              "pull",
                              "vm",
                              "--insecure",
                              "--streams",
                              "2",
                              "--from",
                              THERE,
                              "--from",
                              HERE)));
      awaitPart();
      say("LAB-KILL: bulk is under way");
      long killed = System.nanoTime();
      LinkLostException why = lost.get(LOST_SECONDS, TimeUnit.SECONDS);
      say(
          "ok an idle session is lost after %d ms: %s"
              .formatted(millisSince(killed), why.getMessage()));
      assertTrue(puller.isAlive(), "the pull goes on without its source");
      try (Child server = serveHere()) {
        puller.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        assertTrue(!puller.isAlive(), "the pull ends in time");
        server.terminate();
      }
      Cli.Said said = pulled.get();
      say("   the pull said: %s".formatted(said));
      assertTrue(said != null && said.exit() == 0, "the pull has come to its end");
    }
    check("there");
    say("ok the pull went on over TCP");
    before.awaitAgain();
    say("ok nothing of the lost node is held");
  }

  /** The first pull takes what classes have to be loaded on both sides; nobody is in a hurry. */
  private void awaitNode() throws IOException, InterruptedException {
    Cli cli = new Cli(directory.resolve("first"));
    cli.run(0, "init");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      Cli.Said said = cli.attempt("pull", "vm", "--insecure", "--from", THERE);
      if (said.exit() == 0) {
        break;
      }
      say("   not yet: %s".formatted(said.errors().strip()));
      assertTrue(System.nanoTime() < end, "the other node serves");
      Thread.sleep(500);
    }
    check("first");
    warmSockets();
    say("ok pulled from the other node over RDMA");
  }

  /** The JDK opens for virtual threads that wait for sockets what it never closes. */
  private static void warmSockets() throws IOException, InterruptedException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                      ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
                      for (int i = 0; i < 8; i++) {
                        client.write(piece.clear());
                      }
                    } catch (IOException _) {
                      // The reader has what it needs.
                    }
                  });
      Thread reader =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (SocketChannel caller = server.accept()) {
                      ByteBuffer into = ByteBuffer.allocateDirect(1 << 16);
                      while (caller.read(into.clear()) >= 0) {
                        // On to the end.
                      }
                    } catch (IOException _) {
                      // The writer has gone.
                    }
                  });
      writer.join();
      reader.join();
    }
  }

  private static LinkGroup idle(
      ScheduledExecutorService timer, CompletableFuture<LinkLostException> lost)
      throws IOException {
    ClientSettings client =
        new ClientSettings(Abilities.standard(1, "lab"), Versions.known(), Optional.empty());
    return LinkGroup.open(
        Endpoint.parse(THERE),
        Role.PULL,
        LinkSettings.standard(timer, LinkEvents.NONE),
        client,
        new LinkGroup.Events() {
          @Override
          public Requests ready(Link link) {
            return Requests.none();
          }

          @Override
          public void lost(LinkLostException why) {
            lost.complete(why);
          }
        });
  }

  /** Waits until something of the base image is here. */
  private void awaitPart() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Path chains = directory.resolve("there/chains");
    while (true) {
      try (Stream<Path> all = Files.walk(chains)) {
        if (all.anyMatch(path -> path.toString().endsWith(".part"))) {
          Thread.sleep(1_000);
          return;
        }
      } catch (IOException | java.io.UncheckedIOException _) {
        // Not there yet; or a file came or went meanwhile.
      }
      assertTrue(System.nanoTime() < end, "a file that is coming");
      Thread.sleep(50);
    }
  }

  private Child serveHere() throws Exception {
    String store = directory.resolve("store").toString();
    Child child =
        Child.java(
            directory, JVM, Cairn.class, "--store", store, "--json", "serve", "--listen", HERE);
    child.awaitWord("\"endpoint\":\"" + HERE);
    return child;
  }

  private void check(String store) throws IOException {
    Path restored = directory.resolve(store + ".raw");
    new Cli(directory.resolve(store)).run(0, "restore", "vm@latest", "--to", "raw:" + restored);
    long other = Files.mismatch(directory.resolve("image"), restored);
    assertEquals(-1, other, "the first other byte in " + store);
    Files.delete(restored);
  }

  private static void say(String what) {
    CONSOLE.println(what);
  }

  private static long millisSince(long began) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
  }
}
