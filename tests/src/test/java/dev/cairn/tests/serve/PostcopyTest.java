package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.BaseMover;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.Settings;
import dev.cairn.tests.WholeImage;
import dev.cairn.tests.hosts.Cut;
import dev.cairn.tests.hosts.DelayProxy;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.receive.Received;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A point is read while it is coming: before its blocks, through cuts, from two sources. */
@Timeout(240)
class PostcopyTest {
  private static final int PAGES = 4096;
  private static final int LAST = 11;
  static final int PAGE_SIZE = NumberedMemory.PAGE_SIZE;
  private static final NumberedMemory MEMORY = new NumberedMemory(PAGES);

  private final Path directory;
  private final TestServer there;
  private final TestServer here;
  private final byte[] expected = MEMORY.at(LAST);
  private final Random random = new Random(Settings.seed());

  PostcopyTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    there = new TestServer(Files.createDirectory(directory.resolve("there")), TestClock.running());
    here = new TestServer(Files.createDirectory(directory.resolve("here")), TestClock.running());
    try (Chain chain = there.store().create("vm", PAGE_SIZE)) {
      for (int i = 0; i <= LAST; i++) {
        TestServer.checkpoint(chain, new WholeImage(MEMORY.at(i)));
      }
    }
  }

  @AfterEach
  void close() throws IOException {
    there.close();
    here.close();
  }

  private PostcopyPull pull(String... from) throws IOException {
    return PostcopyPull.start(here.store(), directory.resolve("vm.sock"), LAST, List.of(from));
  }

  private DelayProxy proxy(TestServer target) throws IOException {
    Path socket = ((Endpoint.Unix) target.unix()).path(); // the same one after a restart
    return DelayProxy.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        UnixDomainSocketAddress.of(socket));
  }

  private static String uri(DelayProxy proxy) {
    return "tcp:127.0.0.1:" + ((InetSocketAddress) proxy.address()).getPort();
  }

  private void assertPage(int page, byte[] found) {
    byte[] right = Arrays.copyOfRange(expected, page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    assertTrue(Arrays.equals(right, found), "page " + page);
  }

  private void readAll(PointClient client) throws IOException, InterruptedException {
    List<Integer> pages = new ArrayList<>();
    for (int i = 0; i < PAGES; i++) {
      pages.add(i);
    }
    Collections.shuffle(pages, random);
    for (int page : pages) {
      assertPage(page, client.page(page));
    }
  }

  private void assertHere() throws IOException {
    assertIsHere();
    try (Chain chain = there.store().open("vm")) {
      assertEquals(List.of(), chain.manifest().marks().holds());
    }
  }

  private void assertIsHere() throws IOException {
    try (Chain chain = here.store().open("vm");
        ChainSnapshot snapshot = chain.snapshot()) {
      byte[] found = new byte[PAGES * PAGE_SIZE];
      snapshot.view(LAST).read(0, 0, MemorySegment.ofArray(found));
      assertTrue(Arrays.equals(expected, found));
      List<Finding> findings = new ArrayList<>();
      new Verifier(chain, findings::add, 1, new Random(1)).run();
      assertEquals(List.of(), findings);
    }
    assertFalse(Files.exists(directory.resolve("vm.sock")));
  }

  @Test
  void everyPageIsReadBeforeItsBlockIsHereAndTheChainIsThatOfTheSource() throws Exception {
    try (PostcopyPull pull = pull(there.tcp().toString())) {
      pull.awaitReady(); // and from here on no block may come
      try (PointClient client = pull.client()) {
        assertEquals(PAGES * (long) PAGE_SIZE, client.head().layout().totalBytes());
        readAll(client);
        assertTrue(pull.certifiedBytes() < pull.wantedBytes() / 20, pull::told);
        pull.letBlocksCome();
        readAll(client);
      }
      Received received = pull.await();
      assertEquals(LAST, received.point());
    }
    assertHere();
  }

  @Test
  void cutsAndRestartsOfTheSourceAreWaitedForAndNoByteIsWrong() throws Exception {
    try (DelayProxy proxy = proxy(there);
        PostcopyPull pull = pull(uri(proxy))) {
      pull.awaitReady();
      try (PointClient client = pull.client()) {
        for (int round = 0; round < 20; round++) {
          int cutAt = random.nextInt(64);
          for (int i = 0; i < 64; i++) {
            if (i == cutAt) {
              meddle(proxy, round);
            }
            int page = random.nextInt(PAGES);
            assertPage(page, client.page(page));
          }
          pull.letBlocksCome(1);
        }
        pull.letBlocksCome();
      }
      pull.await();
    }
    assertHere();
  }

  private void meddle(DelayProxy proxy, int round) throws IOException {
    proxy.cut(round % 2 == 0 ? Cut.RESET : Cut.END);
    switch (round) {
      case 3 -> compact(there);
      case 6, 13 -> there.restart();
      case 9 -> {
        try (Chain chain = there.store().open("vm")) {
          forgetAllBut(chain, LAST);
        }
        compact(there);
      }
      default -> {}
    }
  }

  private static void forgetAllBut(Chain chain, long last) throws IOException {
    PointSet old = PointSet.of(List.of(new PointSet.Range(0, last - 1)));
    chain.commit(List.of(new Edit.Forget(old)), List.of());
  }

  private static void compact(TestServer server) throws IOException {
    try (Chain chain = server.store().open("vm")) {
      new Merger(chain, Policies.DEFAULT).compact();
    }
  }

  @Test
  void whatIsOutstandingIsAskedOfTheOtherSourceWhenOneDies() throws Exception {
    try (TestServer other = copyMerged();
        DelayProxy first = proxy(there);
        DelayProxy second = proxy(other);
        PostcopyPull pull = pull(uri(first), uri(second))) {
      pull.awaitReady();
      try (PointClient client = pull.client()) {
        assertPage(1, client.page(1));
        pull.awaitRunning(2);
        first.delay(Duration.ofSeconds(30)); // it answers nothing more in time
        second.delay(Duration.ofSeconds(30));
        List<PointClient.Wanted> wanted = new ArrayList<>();
        for (int page = 100; page < 116; page++) {
          wanted.add(client.ask(page));
        }
        pull.awaitAsked(uri(first), 2);
        second.delay(Duration.ZERO);
        long begun = System.nanoTime();
        first.refuse(true);
        first.cut(Cut.RESET);
        for (PointClient.Wanted each : wanted) {
          assertPage((int) each.page(), each.await());
        }
        System.out.printf(
            "all %d that were outstanding are here %d ms after a source died; %s%n",
            wanted.size(), (System.nanoTime() - begun) / 1_000_000, pull.asked());
        for (PointClient.Wanted each : wanted) {
          if (!MEMORY.isZero(LAST, (int) each.page())) {
            assertTrue(
                pull.wasAsked(uri(second), each.page()), () -> each.page() + ": " + pull.asked());
          }
        }
        first.delay(Duration.ZERO);
        first.refuse(false);
        pull.letBlocksCome();
      }
      pull.await();
    }
    assertIsHere(); // the hold there ends by its time, if its server was not back soon enough
  }

  /** It is told of, and another one is asked; where there is none the page waits for its block. */
  @Test
  void aSourceThatLiesIsFoundOutAndNothingOfItIsGiven() throws Exception {
    try (TestServer other = copyMerged();
        PostcopyPull pull = pull(there.tcp().toString(), other.tcp().toString())) {
      there.lie();
      pull.awaitReady();
      try (PointClient client = pull.client()) {
        pull.awaitRunning(2);
        for (int page = 0; page < PAGES; page += 5) {
          assertPage(page, client.page(page));
        }
        assertTrue(pull.told().contains("expected the bytes of the index"), pull::told);
        other.lie();
        int page = notZero(1);
        PointClient.Wanted wanted = client.ask(page);
        pull.awaitRefused(other.tcp().toString());
        assertFalse(wanted.answer().isDone());
        pull.letBlocksCome();
        assertPage(page, wanted.await());
      }
      pull.await();
    }
    assertHere();
  }

  private static int notZero(int from) {
    int page = from;
    while (page % 5 == 0 || MEMORY.isZero(LAST, page)) {
      page++;
    }
    return page;
  }

  @Test
  void whatTheSourceAloneHasIsReplacedByTheStateOfAnotherOneWhenItNeverComesBack()
      throws Exception {
    try (TestServer other = copyMerged()) {
      try (Chain chain = other.store().open("vm")) {
        forgetAllBut(chain, LAST);
        new BaseMover(chain, Progress.NONE).move();
      }
      switchTo(other);
    }
  }

  private void switchTo(TestServer other) throws Exception {
    try (DelayProxy first = proxy(there);
        PostcopyPull pull = pull(uri(first), other.tcp().toString())) {
      pull.awaitReady();
      try (PointClient client = pull.client()) {
        pull.awaitRunning(2);
        for (int page = 0; page < PAGES; page += 7) { // these lie in the spill when all changes
          assertPage(page, client.page(page));
        }
        long before = pull.certifiedBytes();
        pull.letBlocksCome(3); // these do in files that are to come no more
        pull.awaitCertified(before + 1);
        first.refuse(true);
        first.cut(Cut.RESET);
        pull.letBlocksCome();
        readAll(client);
      }
      pull.await();
      assertEquals(1, pull.changes(), pull::told);
      try (Chain mine = here.store().open("vm");
          Chain theirs = other.store().open("vm")) {
        assertEquals(
            theirs.manifest().files().stream().map(FileEntry::sha).toList(),
            mine.manifest().files().stream().map(FileEntry::sha).toList());
      }
      first.refuse(false);
    }
    assertIsHere();
  }

  private TestServer copyMerged() throws IOException {
    TestServer other =
        new TestServer(Files.createDirectory(directory.resolve("other")), TestClock.running());
    try (Chain chain = there.store().open("vm");
        ChainSnapshot snapshot = chain.snapshot()) {
      other.store().copy(snapshot, "vm", Progress.NONE);
    }
    compact(other);
    return other;
  }
}
