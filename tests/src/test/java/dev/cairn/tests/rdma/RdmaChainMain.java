package dev.cairn.tests.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A chain by {@code pull} and {@code send} over RDMA, and by a pull with postcopy whose server is
 * killed while somebody reads, and which goes on over TCP. A main of the lab's guest; leaves with 0
 * if all is as it has to be.
 *
 * <p>Argument: MiB, 64 without one.
 */
final class RdmaChainMain {
  private static final long PATIENCE_SECONDS = 120;
  private static final int MIB = 1 << 20;
  private static final String RDMA = "rdma:10.9.0.1:7471";
  private static final String TCP = "tcp:127.0.0.1:7472";
  private static final String METRICS = "--metrics";
  private static final String FETCHES = "cairn_serve_fetches_total";
  private static final String AT = "tcp:127.0.0.1:7473";
  private static final List<String> JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m");

  private final Path directory;
  private final Path image;

  private final int imageMib;

  private RdmaChainMain(Path directory, int imageMib) {
    this.directory = directory;
    this.imageMib = imageMib;
    image = directory.resolve("image");
  }

  public static void main(String[] arguments) throws Exception {
    int code = 1;
    try {
      int mib = arguments.length == 0 ? 64 : Integer.parseInt(arguments[0]);
      new RdmaChainMain(Files.createTempDirectory(Path.of("/tmp"), "chain"), mib).run();
      code = 0;
    } catch (Exception | AssertionError e) {
      e.printStackTrace(System.out);
    }
    System.out.println(code == 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
    System.exit(code);
  }

  private void run() throws Exception {
    long began = System.nanoTime();
    writeImage();
    Cli here = new Cli(directory.resolve("here"));
    here.run(0, "init");
    here.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    said("a chain of " + imageMib + " MiB", began);
    try (Child _ = serve("here", RDMA, METRICS, AT)) {
      pull("there", RDMA);
      said("pulled over RDMA", began);
      awaitWindows();
    }
    new Cli(directory.resolve("back")).run(0, "init");
    try (Child _ = serve("back", RDMA)) {
      here.run(0, "send", "vm", "--to", RDMA, "--insecure");
    }
    check("back");
    said("sent over RDMA", began);
    postcopy();
    said("pulled with postcopy, its server killed, the rest over TCP", began);
  }

  /** All but the metadata and an odd block has been read where it lay. */
  private void awaitWindows() throws Exception {
    long windows = metric("cairn_serve_windows_total");
    long fetches = metric(FETCHES);
    System.out.printf("%d windows, %d FETCH%n", windows, fetches);
    assertTrue(windows > 0, "no window was given");
    assertTrue(fetches < imageMib / 2, fetches + " FETCH for " + imageMib + " MiB");
  }

  private static long metric(String name) throws IOException {
    try (InputStream in = URI.create("http://127.0.0.1:7473/metrics").toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith(name + " "))
          .mapToLong(line -> Math.round(Double.parseDouble(line.substring(name.length() + 1))))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no " + name));
    }
  }

  private static void said(String what, long began) {
    System.out.printf(
        "ok %s, after %d ms%n", what, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
  }

  private void writeImage() throws IOException {
    Random random = new Random(6);
    byte[] piece = new byte[MIB];
    try (OutputStream out = Files.newOutputStream(image)) {
      for (int i = 0; i < imageMib; i++) {
        random.nextBytes(piece);
        out.write(piece);
      }
    }
  }

  private Child serve(String store, String endpoint, String... more) throws Exception {
    String[] words =
        Stream.concat(
                Stream.of(
                    "--store",
                    directory.resolve(store).toString(),
                    "--json",
                    "serve",
                    "--listen",
                    endpoint,
                    "--insecure"),
                Stream.of(more))
            .toArray(String[]::new);
    Child child = Child.java(directory, JVM, dev.cairn.tools.Cairn.class, words);
    child.awaitWord("\"endpoint\":\"" + endpoint);
    return child;
  }

  private void pull(String store, String... from) throws IOException {
    Cli there = new Cli(directory.resolve(store));
    there.run(0, "init");
    String[] words =
        Stream.concat(
                Stream.of("pull", "vm", "--insecure", "--streams", "2"),
                Stream.of(from).flatMap(each -> Stream.of("--from", each)))
            .toArray(String[]::new);
    there.run(0, words);
    check(store);
  }

  /** The chain that came is that which went. */
  private void check(String store) throws IOException {
    Cli there = new Cli(directory.resolve(store));
    Path restored = directory.resolve(store + ".raw");
    there.run(0, "restore", "vm@latest", "--to", "raw:" + restored);
    assertEquals(-1, Files.mismatch(image, restored), "the first other byte in " + store);
    Files.delete(restored);
  }

  /**
   * The rate lets something come, but not all of it in a minute: so the reader misses most of it
   * when the server is killed.
   */
  private void postcopy() throws Exception {
    Path store = directory.resolve("postcopy");
    new Cli(store).run(0, "init");
    Path restored = directory.resolve("restored");
    try (Child server = serve("here", RDMA, "--limit-rate", imageMib * 16 + "K", METRICS, AT);
        Child puller =
            cairn(store, "pull", "vm", "--postcopy", "--insecure", "--from", RDMA, "--from", TCP)) {
      puller.awaitWord("can be read");
      System.out.println("   it can be read");
      try (Child reader = cairn(store, "restore", "vm@0", "--to", "raw:" + restored)) {
        reader.awaitWord("from the pull that is under way");
        awaitFetch();
        System.out.println("   somebody reads what comes; the server is killed");
        server.kill();
        assertTrue(!reader.hasEndedWithin(0), "the reader waits");
        assertTrue(!puller.hasEndedWithin(0), "the pull goes on");
        try (Child _ = serve("here", TCP)) {
          System.out.println("   another serves over TCP");
          reader.await(0, PATIENCE_SECONDS);
          puller.await(0, PATIENCE_SECONDS);
        }
      }
    }
    assertEquals(-1, Files.mismatch(image, restored), "the first other byte that was read");
    check("postcopy");
  }

  private Child cairn(Path store, String... words) throws IOException {
    String[] all =
        Stream.concat(Stream.of("--store", store.toString()), Stream.of(words))
            .toArray(String[]::new);
    return Child.java(directory, JVM, dev.cairn.tools.Cairn.class, all);
  }

  /** Waits until the server has answered once more. */
  private static void awaitFetch() throws IOException, InterruptedException {
    long before = metric(FETCHES);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (metric(FETCHES) == before) {
      assertTrue(System.nanoTime() < end, "a FETCH is answered");
      Thread.sleep(50);
    }
  }
}
