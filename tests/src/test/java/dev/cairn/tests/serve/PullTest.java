package dev.cairn.tests.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.IncomingState;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.merge.Merger;
import dev.cairn.merge.Policies;
import dev.cairn.store.BusyException;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.tests.Settings;
import dev.cairn.tests.WholeImage;
import dev.cairn.tests.hosts.Cut;
import dev.cairn.tests.hosts.DelayProxy;
import dev.cairn.tests.hosts.Direction;
import dev.cairn.tests.hosts.PlannedCut;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.peer.Rights;
import dev.cairn.transport.receive.OfferService;
import dev.cairn.transport.receive.Pace;
import dev.cairn.transport.receive.Pull;
import dev.cairn.transport.receive.ReceiveListener;
import dev.cairn.transport.receive.ReceiveSettings;
import dev.cairn.transport.receive.Received;
import dev.cairn.transport.receive.Wanted;
import dev.cairn.transport.send.Sender;
import dev.cairn.transport.source.Offer;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A chain is pulled and sent over real links: whole, forward, through cuts, from two sources. */
@Timeout(240)
class PullTest {
  private final Path directory;
  private final TestServer there;
  private final TestServer here;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  PullTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    there = new TestServer(Files.createDirectory(directory.resolve("there")), TestClock.running());
    here = new TestServer(Files.createDirectory(directory.resolve("here")), TestClock.running());
    there.fill("vm", 5);
  }

  @AfterEach
  void close() throws IOException {
    there.close();
    here.close();
    timer.shutdownNow();
  }

  private static ReceiveSettings settings(boolean mirror) {
    return new ReceiveSettings(
        mirror,
        0,
        4,
        Pace.FREE,
        Duration.ofSeconds(30),
        Duration.ofSeconds(2),
        System::nanoTime,
        new SecureRandom());
  }

  private Received pull(String point, boolean mirror, String... from) throws IOException {
    return pull(new Wanted("vm", point, false, false, "vm", List.of(from)), mirror);
  }

  private Received pull(Wanted wanted, boolean mirror) throws IOException {
    ClientSettings client =
        new ClientSettings(Abilities.standard(4, "test"), Versions.known(), Optional.empty());
    return new Pull(
            here.store(),
            wanted,
            settings(mirror),
            new Pull.Client(
                LinkSettings.standard(timer, LinkEvents.NONE),
                Collections.nCopies(wanted.sources().size(), client)),
            Optional.empty(),
            ReceiveListener.NONE)
        .run();
  }

  private void assertHere(TestServer where, String name, long... points) throws IOException {
    try (Chain chain = where.store().open(name)) {
      assertArrayEquals(
          points,
          chain.restorePoints().stream()
              .mapToLong(ChainSnapshot.RestorePoint::checkpoint)
              .toArray());
      try (ChainSnapshot snapshot = chain.snapshot()) {
        for (long point : points) {
          byte[] found = new byte[TestServer.PAGES * NumberedMemory.PAGE_SIZE];
          snapshot.view(point).read(0, 0, MemorySegment.ofArray(found));
          assertTrue(Arrays.equals(TestServer.MEMORY.at(point), found), "point " + point);
        }
      }
      List<Finding> findings = new ArrayList<>();
      new Verifier(chain, findings::add, 1, new Random(1)).run();
      assertEquals(List.of(), findings);
      assertTrue(Incoming.look(chain).isEmpty());
    }
  }

  private void assertNoHolds(TestServer where, String name) throws IOException {
    try (Chain chain = where.store().open(name)) {
      assertEquals(List.of(), chain.manifest().marks().holds());
    }
  }

  @Test
  void aChainIsPulledAndBroughtForwardAndNothingTwice() throws IOException {
    String tcp = there.tcp().toString();
    Received first = pull("3", false, tcp);
    assertEquals(4, first.files());
    assertHere(here, "vm", 0, 1, 2, 3);
    assertNoHolds(there, "vm");
    Received second = pull("latest", false, there.unix().toString());
    assertEquals(2, second.files());
    assertTrue(second.fetchedBytes() < first.fetchedBytes(), second + " after " + first);
    assertHere(here, "vm", 0, 1, 2, 3, 4, 5);
    assertEquals(0, pull("latest", false, tcp).files());
    assertNoHolds(there, "vm");
    try (Chain mine = here.store().open("vm");
        Chain theirs = there.store().open("vm")) {
      assertEquals(
          theirs.manifest().files().stream().map(FileEntry::sha).toList(),
          mine.manifest().files().stream().map(FileEntry::sha).toList());
    }
  }

  @Test
  void whatTheSourceMergedComesAsItIsThereAndWhatItForgotGoesOnlyIfItMay() throws IOException {
    String tcp = there.tcp().toString();
    pull("4", false, tcp);
    try (Chain chain = there.store().open("vm")) {
      chain.commit(
          List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(1, 2))))), List.of());
      new Merger(chain, Policies.DEFAULT).compact();
    }
    BusyException e = assertThrows(BusyException.class, () -> pull("5", false, tcp));
    assertTrue(String.valueOf(e.getMessage()).contains("--mirror"), e.getMessage());
    assertHere(here, "vm", 0, 1, 2, 3, 4);
    assertNoHolds(there, "vm");
    pull("5", true, tcp);
    assertHere(here, "vm", 0, 3, 4, 5);
  }

  @Test
  void whatIsNoOlderStateIsRefusedBeforeAnythingIsHeld() throws IOException {
    String tcp = there.tcp().toString();
    pull("2", false, tcp);
    try (Chain chain = here.store().open("vm")) {
      TestServer.checkpoint(chain, new WholeImage(TestServer.MEMORY.at(9)));
    }
    BusyException e = assertThrows(BusyException.class, () -> pull("5", false, tcp));
    assertTrue(String.valueOf(e.getMessage()).contains("--as"), e.getMessage());
    assertNoHolds(there, "vm");
    FailureException none =
        assertThrows(
            FailureException.class,
            () -> pull(new Wanted("none", "1", false, false, "none", List.of(tcp)), false));
    assertEquals(ErrorCode.NO_SUCH, none.code());
    assertFalse(here.store().chainNames().contains("none"));
    assertEquals(6, pull(new Wanted("vm", "5", false, false, "copy", List.of(tcp)), false).files());
    assertHere(here, "copy", 0, 1, 2, 3, 4, 5);
    pull(new Wanted("vm", "4", false, true, "alone", List.of(tcp)), false);
    assertHere(here, "alone", 4);
  }

  private static SocketAddress address(Endpoint endpoint) {
    Endpoint.Internet internet = (Endpoint.Internet) endpoint;
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), internet.port());
  }

  private static DelayProxy proxy(TestServer target) throws IOException {
    return DelayProxy.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), address(target.tcp()));
  }

  private static String uri(DelayProxy proxy) {
    return "tcp:127.0.0.1:" + ((InetSocketAddress) proxy.address()).getPort();
  }

  @Test
  void cutsAtAnyByteDoNotHinderIt() throws IOException {
    Random random = new Random(Settings.seed());
    for (int round = 0; round < 4; round++) {
      try (DelayProxy proxy = proxy(there)) {
        proxy.cut(
            Direction.TO_CLIENT, PlannedCut.draw(random, 3, 900_000, List.of(Cut.RESET, Cut.END)));
        String name = "vm" + round;
        pull(new Wanted("vm", "5", false, false, name, List.of(uri(proxy))), false);
        assertEquals(3, proxy.cuts());
        assertHere(here, name, 0, 1, 2, 3, 4, 5);
      }
    }
  }

  /** Pulls over one data link; nobody lets it in again once its link was lost. */
  private void pullUntilItIsCut(DelayProxy proxy, long bytes) throws IOException {
    proxy.cut(Direction.TO_CLIENT, List.of(new PlannedCut(bytes, Cut.RESET)));
    ReceiveSettings impatient =
        new ReceiveSettings(
            false,
            0,
            1,
            Pace.FREE,
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            System::nanoTime,
            new SecureRandom());
    ClientSettings client =
        new ClientSettings(Abilities.standard(1, "test"), Versions.known(), Optional.empty());
    ReceiveListener refusing =
        new ReceiveListener() {
          @Override
          public void lost(String source, String why) {
            proxy.refuse(true);
          }
        };
    Pull pull =
        new Pull(
            here.store(),
            new Wanted("vm", "5", false, false, "vm", List.of(uri(proxy))),
            impatient,
            new Pull.Client(LinkSettings.standard(timer, LinkEvents.NONE), List.of(client)),
            Optional.empty(),
            refusing);
    assertThrows(IOException.class, pull::run);
    proxy.refuse(false);
  }

  private boolean isComing() throws IOException {
    try (Chain chain = here.store().open("vm")) {
      return Incoming.look(chain).flatMap(IncomingState::coming).isPresent();
    }
  }

  @Test
  void aServerThatIsRestartedServesItsHoldThoughAllWasMergedAndForgottenMeanwhile()
      throws IOException {
    SocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Path socket = ((Endpoint.Unix) there.unix()).path(); // the same one after a restart
    try (DelayProxy proxy = DelayProxy.start(loopback, UnixDomainSocketAddress.of(socket))) {
      pullUntilItIsCut(proxy, 700_000);
      assertTrue(isComing());
      try (Chain chain = there.store().open("vm")) {
        assertEquals(1, chain.manifest().marks().holds().size());
        new Merger(chain, Policies.DEFAULT).compact();
        chain.commit(
            List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(0, 4))))), List.of());
        new Merger(chain, Policies.DEFAULT).compact();
      }
      there.restart();
      pull("5", false, uri(proxy));
    }
    assertHere(here, "vm", 0, 1, 2, 3, 4, 5);
    assertNoHolds(there, "vm");
  }

  @Test
  void aPullOfWhatIsHereLeavesAloneWhatIsComing() throws IOException {
    String tcp = there.tcp().toString();
    pull("2", false, tcp);
    try (DelayProxy proxy = proxy(there)) {
      pullUntilItIsCut(proxy, 100_000);
      assertTrue(isComing());
      assertEquals(0, pull("2", false, tcp).files());
      assertTrue(isComing());
      pull("5", false, uri(proxy));
    }
    assertHere(here, "vm", 0, 1, 2, 3, 4, 5);
    assertNoHolds(there, "vm");
  }

  @Test
  void ofTwoSourcesThatMergedDifferentlyEachGivesWhatItHas() throws IOException {
    try (TestServer other =
        new TestServer(Files.createDirectory(directory.resolve("other")), TestClock.running())) {
      try (Chain chain = there.store().open("vm");
          ChainSnapshot snapshot = chain.snapshot()) {
        other.store().copy(snapshot, "vm", Progress.NONE);
      }
      try (Chain chain = other.store().open("vm")) {
        new Merger(chain, Policies.DEFAULT).compact();
      }
      try (DelayProxy proxy = proxy(there)) {
        proxy.cut(Direction.TO_CLIENT, List.of(new PlannedCut(400_000, Cut.RESET)));
        pull("5", false, uri(proxy), other.tcp().toString());
      }
      assertHere(here, "vm", 0, 1, 2, 3, 4, 5);
      assertNoHolds(other, "vm");
    }
  }

  @Test
  void whatIsSentIsTakenAndSentAgainIsThereAlready() throws IOException {
    here.take(
        new OfferService(
            here.store(), Rights.withoutNames(), settings(false), ReceiveListener.NONE));
    send(3, "copy", here.tcp());
    assertHere(here, "copy", 0, 1, 2, 3);
    send(5, "copy", here.tcp());
    send(5, "copy", here.tcp());
    assertHere(here, "copy", 0, 1, 2, 3, 4, 5);
    assertNoHolds(there, "vm");
    try (DelayProxy proxy = proxy(here)) {
      proxy.cut(
          Direction.TO_TARGET,
          PlannedCut.draw(new Random(Settings.seed()), 3, 1_500_000, List.of(Cut.RESET, Cut.END)));
      send(5, "again", Endpoint.parse(uri(proxy)));
    }
    assertHere(here, "again", 0, 1, 2, 3, 4, 5);
    try (Chain chain = there.store().open("vm")) {
      chain.commit(
          List.of(new Edit.Forget(PointSet.of(List.of(new PointSet.Range(1, 3))))), List.of());
      TestServer.checkpoint(chain, new WholeImage(TestServer.MEMORY.at(6)));
    }
    FailureException e = assertThrows(FailureException.class, () -> send(6, "copy", here.tcp()));
    assertEquals(ErrorCode.BUSY, e.code());
    assertHere(here, "copy", 0, 1, 2, 3, 4, 5);
    assertNoHolds(there, "vm");
  }

  private void send(long number, String name, Endpoint to) throws IOException {
    Message.Offer message;
    try (Chain chain = there.store().open("vm");
        ChainSnapshot snapshot = chain.snapshot()) {
      message =
          new Message.Offer(
              number,
              snapshot.point(number).id(),
              snapshot.manifest().identity().chain(),
              snapshot.manifest().pageSize(),
              false,
              name);
    }
    Sender.Target target =
        new Sender.Target(
            to,
            LinkSettings.standard(timer, LinkEvents.NONE),
            new ClientSettings(Abilities.standard(4, "test"), Versions.known(), Optional.empty()));
    Message.Taken taken =
        new Sender(
                there.source(),
                new Offer("vm", number, message.checkpoint(), false, to.toString()),
                message,
                target,
                new Sender.Events() {
                  @Override
                  public void progress(long certified, long all) {}

                  @Override
                  public void lost(IOException why) {}

                  @Override
                  public void back() {}
                })
            .run();
    assertEquals(number, taken.point());
  }
}
