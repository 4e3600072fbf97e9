package dev.cairn.transport.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.transport.link.FakeMemory.FakeCarrier;
import dev.cairn.transport.link.Results.Result;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.Agreement;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Windows of files on one data link, whose memory is read by a double of a device. */
@Timeout(60)
final class WindowLinkTest {
  private static final int MIB = 1 << 20;

  private final FakeMemory.Device device = new FakeMemory.Device();
  private final FakeMemory receiverMemory = new FakeMemory(device);
  private final FakeMemory sourceMemory = new FakeMemory(device);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment memory = arena.allocate(4L * MIB, 4096);
  private final Results results = new Results();
  private final BlockingQueue<LinkLostException> losses = new LinkedBlockingQueue<>();
  private final BlockingQueue<Message.Window> wanted = new LinkedBlockingQueue<>();
  private final BlockingQueue<Long> fetched = new LinkedBlockingQueue<>();
  private final AtomicInteger freed = new AtomicInteger();

  /** What the source grants of what is wanted, bytes at most. */
  private volatile int granted = Message.MOST_WINDOW;

  private Connection receiverEnd = none();
  private Connection sourceEnd = none();
  private FramedLink receiver = link(receiverEnd, false);
  private FramedLink source = link(sourceEnd, true);

  private Connection none() {
    return Connection.over(
        new SocketCarrier(unconnected(), "none"),
        LinkSettings.standard(timer, new LinkEvents() {}));
  }

  private static SocketChannel unconnected() {
    try {
      return SocketChannel.open();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static FramedLink link(Connection over, boolean isServer) {
    Agreement agreement =
        new Agreement(
            1,
            Role.PULL,
            new TreeSet<>(Set.of(4096)),
            new TreeSet<>(Set.of("plain")),
            1,
            16,
            16,
            new TreeSet<>(Set.of(Abilities.WINDOWS)));
    return new FramedLink(over, new FramedLink.Place(LinkKind.DATA, agreement, isServer));
  }

  @BeforeEach
  void connect() throws IOException {
    LinkSettings settings = LinkSettings.standard(timer, new LinkEvents() {});
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      SocketChannel one = SocketChannel.open(server.getLocalAddress());
      SocketChannel other = server.accept();
      receiverEnd =
          Connection.over(
              new FakeCarrier(new SocketCarrier(one, "receiver"), receiverMemory), settings);
      sourceEnd =
          Connection.over(
              new FakeCarrier(new SocketCarrier(other, "source"), sourceMemory), settings);
    }
    receiver = link(receiverEnd, false);
    source = link(sourceEnd, true);
  }

  private void start() {
    receiver.start(Requests.none(), losses::add);
    source.start(new Serving(), _ -> {});
  }

  @AfterEach
  void close() {
    receiver.close();
    source.close();
    receiverEnd.shutdown();
    sourceEnd.shutdown();
    receiverMemory.awaitGone();
    sourceMemory.awaitGone();
    timer.shutdown();
    assertEquals(0, device.offers());
  }

  /** Gives windows and bytes of the pattern. */
  private final class Serving implements Requests {
    @Override
    public void fetch(int request, long file, long offset, int length) throws IOException {
      fetched.add(offset);
      source.answerData(request, Pattern.of(arena, file, offset, length));
    }

    @Override
    public void other(int request, Message message) throws IOException {
      Message.Window window = (Message.Window) message;
      wanted.add(window);
      if (granted == 0) {
        throw FailureException.of(ErrorCode.TOO_MUCH, "no room");
      }
      long length = Math.min(granted, window.length());
      MemorySegment bytes = Pattern.of(arena, window.file(), window.offset(), length);
      try {
        source.answerWindow(request, bytes, freed::incrementAndGet);
      } catch (LinkLostException e) {
        throw e;
      } catch (IOException e) {
        throw FailureException.of(ErrorCode.TOO_MUCH, String.valueOf(e.getMessage()));
      }
    }
  }

  private MemorySegment piece(int index) {
    return memory.asSlice((long) index * MIB, MIB);
  }

  private void fetch(long file, int mib, int piece) throws LinkLostException {
    receiver.fetch(file, (long) mib * MIB, piece(piece), results.of(mib));
  }

  private void fetchAndCheck(long file, int mib) throws Exception {
    fetch(file, mib, 0);
    assertEquals("done", results.next().what());
    assertTrue(Pattern.holds(piece(0), file, (long) mib * MIB));
  }

  @Test
  void aStretchIsReadWhereItLiesAndNoByteIsAskedFor() throws Exception {
    start();
    receiver.lend(memory);
    assertEquals(Message.MOST_WINDOW, receiver.stretch());
    receiver.expect(7, 3L * MIB, 8 * MIB);
    for (int i = 0; i < 4; i++) {
      fetch(7, 3 + i, i);
    }
    for (int i = 0; i < 4; i++) {
      assertEquals("done", results.next().what());
    }
    for (int i = 0; i < 4; i++) {
      assertTrue(Pattern.holds(piece(i), 7, (3L + i) * MIB));
    }
    assertEquals(new Message.Window(7, 3L * MIB, 8 * MIB), LinkLab.take(wanted));
    assertNull(fetched.poll());
  }

  @Test
  void aWindowIsGivenBackWhenTheOneBehindTheNextIsWanted() throws Exception {
    start();
    receiver.lend(memory);
    for (int i = 0; i < 6; i++) {
      receiver.expect(7, (long) i * MIB, MIB);
      fetchAndCheck(7, i);
    }
    LinkLab.awaitTrue(() -> freed.get() == 4);
    assertEquals(2, device.offers());
    assertNull(fetched.poll());
  }

  @Test
  void whatIsReadTwiceOrOutsideOrNotLentIsAskedFor() throws Exception {
    start();
    receiver.lend(memory);
    receiver.expect(7, 0, 2 * MIB);
    fetchAndCheck(7, 0);
    fetchAndCheck(7, 0);
    assertEquals(0L, LinkLab.take(fetched));
    fetchAndCheck(7, 2);
    assertEquals(2L * MIB, LinkLab.take(fetched));
    fetchAndCheck(8, 1);
    assertEquals(1L * MIB, LinkLab.take(fetched));
    MemorySegment other = arena.allocate(MIB);
    receiver.fetch(7, MIB, other, results.of("other"));
    assertEquals("done", results.next().what());
    assertEquals(1L * MIB, LinkLab.take(fetched));
  }

  @Test
  void whatIsNotGrantedIsAskedForAndTheRefusalIsRemembered() throws Exception {
    start();
    receiver.lend(memory);
    granted = MIB;
    receiver.expect(7, 0, 3 * MIB);
    fetchAndCheck(7, 0);
    fetchAndCheck(7, 1);
    assertEquals(1L * MIB, LinkLab.take(fetched));

    granted = 0;
    receiver.expect(7, 3L * MIB, 2 * MIB);
    fetchAndCheck(7, 3);
    assertEquals(3L * MIB, LinkLab.take(fetched));
    wanted.clear();
    receiver.expect(7, 64L * MIB, 63 * MIB); // 64 MiB from the refusal on
    fetchAndCheck(7, 64);
    receiver.expect(7, 128L * MIB, 2 * MIB);
    fetchAndCheck(7, 128);
    assertNull(wanted.poll());
    granted = Message.MOST_WINDOW;
    receiver.expect(7, 200L * MIB, 2 * MIB);
    fetchAndCheck(7, 200);
    assertEquals(200L * MIB, LinkLab.take(wanted).offset());
  }

  @Test
  void aSourceThatCannotRegisterIsAskedForBytes() throws Exception {
    sourceMemory.refuse(new IOException("errno 14"));
    start();
    receiver.lend(memory);
    receiver.expect(7, 0, 4 * MIB);
    fetchAndCheck(7, 0);
    assertEquals(0L, LinkLab.take(fetched));
    assertEquals(1, freed.get());
  }

  @Test
  void aReceiverThatCannotRegisterAsksForBytes() throws Exception {
    receiverMemory.refuse(new IOException("errno 12"));
    start();
    receiver.lend(memory);
    receiver.expect(7, 0, 4 * MIB);
    fetchAndCheck(7, 0);
    assertEquals(0L, LinkLab.take(fetched));
  }

  @Test
  void whatIsUnderWayAtTheEndFailsOnceNobodyWritesItAndTheWindowIsFreed() throws Exception {
    start();
    receiver.lend(memory);
    receiver.expect(7, 0, 4 * MIB);
    receiverMemory.hold();
    fetch(7, 0, 0);
    fetch(7, 1, 1);
    LinkLab.awaitTrue(() -> receiverMemory.underWay() == 2);
    source.close();
    Result first = results.next();
    Result second = results.next();
    assertTrue(first.what().startsWith("LinkLostException"), first.what());
    assertTrue(second.what().startsWith("LinkLostException"), second.what());
    LinkLab.take(losses);
    assertEquals(0, receiverMemory.underWay());
    LinkLab.awaitTrue(() -> freed.get() == 1);
    org.junit.jupiter.api.Assertions.assertThrows(LinkLostException.class, () -> fetch(7, 2, 2));
  }

  @Test
  void aWindowIsNotGivenBackWhileAReadIsUnderWay() throws Exception {
    start();
    receiver.lend(memory);
    receiver.expect(7, 0, 2 * MIB);
    fetchAndCheck(7, 0);
    receiverMemory.hold();
    fetch(7, 1, 1);
    LinkLab.awaitTrue(() -> receiverMemory.underWay() == 1);
    receiver.expect(7, 2L * MIB, 2 * MIB);
    receiver.expect(7, 4L * MIB, 2 * MIB);
    LinkLab.awaitTrue(() -> wanted.size() == 3);
    assertEquals(0, freed.get());
    receiverMemory.release();
    assertEquals("done", results.next().what());
    LinkLab.awaitTrue(() -> freed.get() == 1);
  }

  /** What the source says by hand to WINDOW 1. */
  private static List<Message.WindowIs> lies() {
    return List.of(
        new Message.WindowIs(1, 3 * MIB, 1 << 20, 1),
        new Message.WindowIs(1, MIB + 5, 1 << 20, 1),
        new Message.WindowIs(1, 2 * MIB, -5, 1));
  }

  @Test
  void aSourceThatLiesOfAWindowLosesItsLink() throws Exception {
    for (Message.WindowIs lie : lies()) {
      connect();
      receiver.start(Requests.none(), losses::add);
      receiver.expect(7, 0, 2 * MIB);
      sourceEnd.output().send(1, lie);
      assertTrue(String.valueOf(LinkLab.take(losses).getMessage()).contains("WINDOW_IS"));
      sourceEnd.shutdown();
    }
  }

  @Test
  void aNumberThatIsGivenTwiceEndsTheLink() throws Exception {
    receiver.start(Requests.none(), losses::add);
    receiver.expect(7, 0, 2 * MIB);
    receiver.expect(7, 2L * MIB, 2 * MIB);
    sourceEnd.output().send(1, new Message.WindowIs(4, 2 * MIB, 1 << 20, 1));
    sourceEnd.output().send(2, new Message.WindowIs(4, 2 * MIB, 1 << 20, 2));
    assertTrue(String.valueOf(LinkLab.take(losses).getMessage()).contains("WINDOW_IS"));
  }

  @Test
  void moreWindowsThanFourAndDoneOfNoneEndTheLink() throws Exception {
    source.start(new Serving(), losses::add);
    for (int i = 1; i <= 5; i++) {
      receiverEnd.output().send(i, new Message.Window(7, 0, MIB));
    }
    assertTrue(String.valueOf(LinkLab.take(losses).getMessage()).contains("at most 4 windows"));

    connect();
    source.start(new Serving(), losses::add);
    receiverEnd.output().send(0, new Message.WindowDone(1));
    assertTrue(String.valueOf(LinkLab.take(losses).getMessage()).contains("WINDOW_DONE"));
  }
}
