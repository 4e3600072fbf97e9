package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.Id;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.Settings;
import dev.cairn.tests.hosts.Cut;
import dev.cairn.tests.hosts.DelayProxy;
import dev.cairn.tests.hosts.Direction;
import dev.cairn.tests.hosts.PlannedCut;
import dev.cairn.tests.hosts.TwoHosts;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A chain of 1 GiB and 50 layers goes from one host to the other up to its point 30, over a link
 * that is shaped and late, with three cuts: two of the link, and one death of the receiver. It is
 * the same there, and nothing goes twice but what a cut has lost.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwoHostsTransferTest {
  private static final int LAYERS = 50;
  private static final int POINT = 30;
  private static final String CHAIN = "vm";
  private static final String SENT = CHAIN + "@" + POINT;
  private static final int STREAMS = 4;
  private static final long DEADLINE_SECONDS = 120;
  private static final int MIB = 1 << 20;

  /** What a cut may lose: transport/PROTOCOL.md, Bulk: 4 MiB outstanding on each data link. */
  private static final long LOST_BY_A_CUT = STREAMS * (4L << 20);

  /** Headers of files come with their metadata, and again in their first blocks; and the like. */
  private static final long SMALL_BYTES = MIB;

  private static final Pattern LISTENING =
      Pattern.compile("\"listening\",\"endpoint\":\"tcp:[0-9.]+:([0-9]+)\"");
  private static final Pattern SENT_BYTES = Pattern.compile("\"sentBytes\":([0-9]+)");

  private final Path directory;
  private final Path here;
  private final Random random = new Random(Settings.seed());
  private long needed;

  TwoHostsTransferTest(@TempDir Path directory) {
    this.directory = directory;
    this.here = directory.resolve("here");
  }

  @BeforeAll
  void makeChain() throws IOException {
    long began = System.nanoTime();
    LargeMachine.makeChain(here, CHAIN, LAYERS);
    for (FileEntry entry : files(here, POINT)) {
      needed += neededBytes(entry);
    }
    System.out.printf(
        "the chain: %d MiB of RAM, %d layers; made in %d ms; up to point %d there are %d MiB to"
            + " move, which no codec makes smaller%n",
        LargeMachine.RAM_BYTES / MIB,
        LAYERS,
        (System.nanoTime() - began) / 1_000_000,
        POINT,
        needed / MIB);
    new Cli(here).run(0, "restore", SENT, "--to", "raw:" + restored("here"));
  }

  private Path restored(String where) {
    return directory.resolve("restored-" + where);
  }

  private static Store open(Path store) throws IOException {
    return Store.open(
        FileSystemDirectory.open(store, FileSystemOptions.standard()),
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(5)));
  }

  /** Returns the files whose checkpoints lie up to a point. */
  private static List<FileEntry> files(Path store, int point) throws IOException {
    try (Store opened = open(store);
        Chain chain = opened.open(CHAIN)) {
      return chain.manifest().files().stream().filter(f -> f.name().first() <= point).toList();
    }
  }

  private static List<Id> points(Path store) throws IOException {
    try (Store opened = open(store);
        Chain chain = opened.open(CHAIN)) {
      return chain.restorePoints().stream().map(RestorePoint::point).map(p -> p.id()).toList();
    }
  }

  /** Computed from its bytes: what of it is not zeros, MiB by MiB, and its metadata. */
  private long neededBytes(FileEntry entry) throws IOException {
    Path path = here.resolve("chains").resolve(CHAIN).resolve(entry.name().text());
    ByteBuffer block = ByteBuffer.allocateDirect(MIB).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(path)) {
      readAt(file, block.limit(8), file.size() - 64); // store/FORMAT.md, Footer: metadataOffset
      long metadata = block.getLong(0);
      long bytes = file.size() - metadata;
      ByteBuffer zeros = ByteBuffer.allocateDirect(MIB);
      for (long at = 0; at < metadata; at += MIB) {
        int length = (int) Math.min(MIB, metadata - at);
        readAt(file, block.clear().limit(length), at);
        bytes += block.equals(zeros.clear().limit(length)) ? 0 : length;
      }
      return bytes;
    }
  }

  private static void readAt(FileChannel file, ByteBuffer into, long offset) throws IOException {
    while (into.hasRemaining()) {
      assertTrue(file.read(into, offset + into.position()) > 0, "bytes at " + offset);
    }
    into.flip();
  }

  @ParameterizedTest
  @ValueSource(longs = {200_000_000, 2_000_000_000})
  void aLargeChainArrivesThroughCutsAndNothingGoesTwice(long bitsPerSecond) throws Exception {
    Path there = directory.resolve("there-" + bitsPerSecond);
    new Cli(there).run(0, "init");
    List<Long> places = places();
    try (TwoHosts hosts = TwoHosts.open()) {
      hosts.rate(bitsPerSecond);
      Transfer transfer = new Transfer(hosts, there);
      transfer.run(places, bitsPerSecond);
    }
    new Cli(there).run(0, "verify");
    assertEquals(points(here).subList(0, POINT + 1), points(there));
    new Cli(there).run(0, "restore", SENT, "--to", "raw:" + restored("there"));
    assertEquals(-1, Files.mismatch(restored("here"), restored("there")), "the first other byte");
    assertEquals(LargeMachine.RAM_BYTES, Files.size(restored("there")));
    Files.delete(restored("there"));
    try (Store opened = open(here);
        Chain chain = opened.open(CHAIN)) {
      assertEquals(List.of(), chain.manifest().marks().holds());
    }
  }

  /** Returns by how many bytes the cuts come: so late that to start over would show. */
  private List<Long> places() {
    List<Long> places = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      places.add(random.nextLong(needed / 4, needed * 9 / 10));
    }
    Collections.sort(places);
    return places;
  }

  /** One send between two hosts. */
  private final class Transfer {
    private final TwoHosts hosts;
    private final Path there;

    Transfer(TwoHosts hosts, Path there) {
      this.hosts = hosts;
      this.there = there;
    }

    private Child serve(int port) throws IOException {
      String listen = "tcp:" + hosts.right().v4().getHostAddress() + ":" + port;
      return cairn(hosts.right().launcher(), there, "serve", "--listen", listen, "--insecure");
    }

    private Child send(DelayProxy proxy) throws IOException {
      String uri = "tcp:127.0.0.1:" + ((InetSocketAddress) proxy.address()).getPort();
      return cairn(
          hosts.left().launcher(), here, "send", SENT, "--to", uri, "--streams", "" + STREAMS);
    }

    private Child cairn(List<String> launcher, Path store, String... words) throws IOException {
      List<String> all = new ArrayList<>(List.of("--store", store.toString(), "--json"));
      all.addAll(List.of(words));
      return Child.java(directory, launcher, List.of(), Cairn.class, all.toArray(String[]::new));
    }

    private static int port(Child serve) throws IOException, InterruptedException {
      serve.awaitWord("\"listening\",\"endpoint\":\"tcp:");
      return Integer.parseInt(find(serve.said(), LISTENING));
    }

    private static String find(String said, Pattern pattern) {
      Matcher matcher = pattern.matcher(said);
      assertTrue(matcher.find(), said);
      return matcher.group(1);
    }

    private List<PlannedCut> plan(List<Long> places, int killed) {
      List<PlannedCut> plan = new ArrayList<>();
      long before = 0;
      for (int i = 0; i < places.size(); i++) {
        if (i != killed) {
          List<Cut> kinds = List.of(Cut.values());
          Cut how = kinds.get(random.nextInt(kinds.size()));
          plan.add(new PlannedCut(Math.max(1, places.get(i) - before), how));
          before = places.get(i);
        }
      }
      return plan;
    }

    void run(List<Long> places, long bitsPerSecond) throws Exception {
      int killed = random.nextInt(places.size());
      List<PlannedCut> plan = plan(places, killed);
      long began = System.nanoTime();
      Child serve = serve(0);
      try {
        int port = port(serve);
        try (DelayProxy proxy =
            DelayProxy.start(
                directory,
                hosts.left().launcher(),
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                new InetSocketAddress(hosts.right().v4(), port))) {
          proxy.delay(Duration.ofMillis(5));
          proxy.cut(Direction.TO_TARGET, plan);
          long sent;
          try (Child send = send(proxy)) {
            while (proxy.passedBytes(Direction.TO_TARGET) < places.get(killed)) {
              assertTrue(!send.hasEndedWithin(1000), send::toString);
            }
            serve.kill();
            serve = serve(port);
            sent = Long.parseLong(find(send.await(0, DEADLINE_SECONDS), SENT_BYTES));
          }
          long millis = (System.nanoTime() - began) / 1_000_000;
          System.out.printf(
              "%d Mbit/s, 5 ms: %d ms; cut by %s, the receiver killed behind %d bytes; needed %d"
                  + " bytes, sent %d: %d again%n",
              bitsPerSecond / 1_000_000,
              millis,
              plan,
              places.get(killed),
              needed,
              sent,
              sent - needed);
          assertEquals(2, proxy.cuts());
          assertTrue(sent >= needed, "all of it went: " + sent);
          assertTrue(sent <= needed + 3 * LOST_BY_A_CUT + SMALL_BYTES, "sent " + sent);
          try (Child again = send(proxy)) {
            assertEquals("0", find(again.await(0), SENT_BYTES), "it is there already");
          }
        }
      } finally {
        serve.close();
      }
    }
  }
}
