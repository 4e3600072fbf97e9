package dev.cairn.tests.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.tests.Cli;
import dev.cairn.tests.NumberedMemory;
import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.Endpoint;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkEvents;
import dev.cairn.transport.link.LinkSettings;
import dev.cairn.transport.read.ReadEvents;
import dev.cairn.transport.read.ReadSettings;
import dev.cairn.transport.read.RemotePoint;
import dev.cairn.transport.wire.Abilities;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.Versions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages of a point that is coming: asked once, checked, waited for, and never wrong. */
@Timeout(120)
class RemotePointTest {
  private static final int PAGES = 2048;
  private static final int PAGE = NumberedMemory.PAGE_SIZE;
  private static final long POINT = 2;

  private final byte[] memory = new NumberedMemory(PAGES).at(POINT);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Told told = new Told();
  private final ComingStore coming;

  RemotePointTest(@TempDir Path directory) throws IOException {
    Path whole = directory.resolve("whole");
    Cli cairn = new Cli(whole);
    cairn.run(0, "init");
    Path image = directory.resolve("image");
    for (int i = 0; i <= POINT; i++) {
      Files.write(image, new NumberedMemory(PAGES).at(i));
      cairn.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    }
    coming = new ComingStore(whole);
  }

  @BeforeEach
  void live() throws IOException {
    coming.owner().live();
  }

  @AfterEach
  void close() throws IOException {
    coming.close();
    timer.shutdownNow();
  }

  /** Hears what a point tells. */
  private static final class Told implements ReadEvents {
    final Semaphore arrived = new Semaphore(0);
    final Semaphore lost = new Semaphore(0);
    final Semaphore back = new Semaphore(0);
    final List<String> refused = new CopyOnWriteArrayList<>();
    final AtomicBoolean elsewhere = new AtomicBoolean();
    final Semaphore looked = new Semaphore(0);
    final Semaphore found = new Semaphore(0);

    @Override
    public void arrived() {
      arrived.release();
    }

    @Override
    public void lost(String why) {
      lost.release();
    }

    @Override
    public void back() {
      back.release();
    }

    @Override
    public void refused(String why) {
      refused.add(why);
    }

    @Override
    public boolean isElsewhere() {
      looked.release();
      boolean is = elsewhere.get();
      if (is) {
        found.release();
      }
      return is;
    }
  }

  private RemotePoint open(int lines, Duration pause) throws IOException {
    return open("latest", lines, pause);
  }

  private RemotePoint open(String which, int lines, Duration pause) throws IOException {
    return RemotePoint.open(
        new Endpoint.Unix(coming.path().resolve("run/vm.sock")),
        new RemotePoint.Wanted("vm", false, which),
        new ReadSettings(
            LinkSettings.standard(timer, LinkEvents.NONE),
            new ClientSettings(Abilities.standard(2, "test"), Versions.known(), Optional.empty()),
            lines,
            pause),
        told);
  }

  private RemotePoint open() throws IOException {
    return open(16, Duration.ofMillis(200));
  }

  private static void take(Semaphore semaphore, String what) throws InterruptedException {
    assertTrue(semaphore.tryAcquire(60, TimeUnit.SECONDS), what);
  }

  /** Waits as a reader does: looks again whenever something came. */
  private void await(RemotePoint point, long page, long wanted, boolean urgent)
      throws IOException, InterruptedException {
    while (point.missing(0, page, wanted, urgent) != 0) {
      take(told.arrived, "pages come");
    }
  }

  private void requireRight(RemotePoint point, long page, long wanted) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment word = arena.allocate(64L * PAGE, 4096);
      word.fill((byte) 0);
      long present = point.read(0, page, wanted, word);
      for (int i = 0; i < 64; i++) {
        byte[] expected = new byte[PAGE];
        if ((wanted >>> i & 1) != 0) {
          System.arraycopy(memory, (int) (page + i) * PAGE, expected, 0, PAGE);
        }
        byte[] found = word.asSlice((long) i * PAGE, PAGE).toArray(ValueLayout.JAVA_BYTE);
        assertTrue(Arrays.equals(expected, found), "page " + (page + i));
        assertEquals(!Arrays.equals(expected, new byte[PAGE]), (present >>> i & 1) != 0);
      }
    }
  }

  @Test
  void thePointAndItsStateAreKnownBeforeAnyPage() throws IOException {
    coming.owner().keepAll();
    for (String which : List.of("latest", "2", "label")) {
      try (RemotePoint point = open(which, 16, Duration.ofSeconds(1))) {
        assertEquals(POINT, point.facts().checkpoint());
        assertEquals("label", point.facts().label());
        assertEquals((long) PAGES * PAGE, point.facts().layout().totalBytes());
      }
    }
    FailureException failure =
        assertThrows(FailureException.class, () -> open("1", 16, Duration.ofSeconds(1)));
    assertEquals(ErrorCode.NO_SUCH, failure.code());
  }

  @Test
  void everyPageIsRightInAnyOrderAndOnBothKindsOfLinks() throws IOException, InterruptedException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("-Dtests.seed=" + seed);
    Random random = new Random(seed);
    try (RemotePoint point = open(4, Duration.ofMillis(50))) {
      for (int i = 0; i < 400; i++) {
        long page = random.nextInt(PAGES / 64) * 64L;
        long wanted = random.nextLong() & -1L << random.nextInt(64);
        await(point, page, wanted, random.nextBoolean());
        requireRight(point, page, wanted);
      }
    }
  }

  @Test
  void aPageThatIsOutstandingIsAskedForOnce() throws IOException, InterruptedException {
    coming.owner().keepAll();
    try (RemotePoint point = open()) {
      assertEquals(new FakeOwner.Asked(true, 0, 67, 1), asked(point, 64, 0b1000, true));
      for (int i = 0; i < 50; i++) {
        assertEquals(0b1000, point.missing(0, 64, 0b1000, true));
      }
      assertEquals(new FakeOwner.Asked(true, 0, 65, 2), asked(point, 64, 0b1110, true));
      coming.owner().arrive(0, 64, 128);
      await(point, 64, 0b1110, true);
      requireRight(point, 64, 0b1110);
      requireRight(point, 64, 0b1110); // it stays until its place is needed
      assertEquals(List.of(), rest());
    }
  }

  /** Asks, and returns what the owner got; a link may still have to be opened. */
  private FakeOwner.Asked asked(RemotePoint point, long page, long wanted, boolean urgent)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    FakeOwner.Asked found = null;
    while (found == null) {
      assertTrue(System.nanoTime() < end, "it is asked in time");
      assertEquals(wanted, point.missing(0, page, wanted, urgent));
      found = coming.owner().asked().poll(20, TimeUnit.MILLISECONDS);
    }
    return found;
  }

  private List<FakeOwner.Asked> rest() {
    List<FakeOwner.Asked> all = new ArrayList<>();
    coming.owner().asked().drainTo(all);
    return all;
  }

  @Test
  void aFaultOvertakesBulkOfTheSamePage() throws IOException, InterruptedException {
    coming.owner().keepAll();
    try (RemotePoint point = open()) {
      assertEquals(new FakeOwner.Asked(false, 0, 0, 64), asked(point, 0, -1L, false));
      assertEquals(new FakeOwner.Asked(true, 0, 2, 1), asked(point, 0, 0b100, true));
      coming.owner().arrive(0, 2, 3);
      await(point, 0, 0b100, true);
      requireRight(point, 0, 0b100);
      assertNotEquals(0, point.missing(0, 0, -1L, false));
      coming.owner().arrive(0, 0, 64);
      await(point, 0, -1L, false);
      requireRight(point, 0, -1L);
    }
  }

  @Test
  void aWrongPageIsNeverGiven() throws IOException, InterruptedException {
    coming.owner().lie(6);
    try (RemotePoint point = open()) {
      for (long page = 0; page < PAGES; page += 64) {
        await(point, page, -1L, page % 128 == 0);
        requireRight(point, page, -1L);
      }
      assertTrue(told.refused.size() >= 6, told.refused::toString);
      assertTrue(told.refused.getFirst().contains("wrong page"), told.refused::toString);
    }
  }

  @Test
  void whatIsRefusedIsAskedForAgainLater() throws IOException, InterruptedException {
    coming.owner().refuse(5);
    try (RemotePoint point = open()) {
      await(point, 0, 1, true);
      requireRight(point, 0, 1);
      assertEquals(5, told.refused.size());
    }
  }

  @Test
  void cutLinksAreOpenedAnewAndWhatIsOutstandingAskedAgain()
      throws IOException, InterruptedException {
    coming.owner().keepAll();
    try (RemotePoint point = open()) {
      assertEquals(new FakeOwner.Asked(true, 0, 0, 2), asked(point, 0, 0b11, true));
      assertEquals(new FakeOwner.Asked(false, 0, 128, 64), asked(point, 128, -1L, false));
      coming.owner().cutUrgent();
      assertEquals(new FakeOwner.Asked(true, 0, 0, 2), asked(point, 0, 0b11, true));
      rest();
      coming.owner().die();
      take(told.lost, "it is lost");
      assertEquals(0b11, point.missing(0, 0, 0b11, true));
      coming.owner().live();
      coming.owner().arriveAll();
      await(point, 0, 0b11, true);
      await(point, 128, -1L, false);
      requireRight(point, 0, 0b11);
      requireRight(point, 128, -1L);
      take(told.back, "it is back");
    }
  }

  /** The owner has died, and the point is in the store. */
  @Test
  void whoHasLostTheOwnerLooksElsewhere() throws IOException, InterruptedException {
    try (RemotePoint point = open()) {
      await(point, 0, 1, true);
      coming.owner().die();
      take(told.looked, "it looks");
      take(told.looked, "it looks again");
      told.elsewhere.set(true);
      take(told.found, "it looks, and finds it");
      coming.owner().live();
      await(point, 0, 1, true); // what has come stays
      assertEquals(2, point.missing(0, 0, 2, true));
      assertTrue(told.back.availablePermits() == 0, "nobody connects any more");
    }
  }

  @Test
  void moreThanThereIsMemoryForIsAskedForAsOthersAreRead()
      throws IOException, InterruptedException {
    coming.owner().keepAll();
    try (RemotePoint point = open(4, Duration.ofMillis(100))) {
      for (long page = 0; page < PAGES; page += 64) {
        assertEquals(1, point.missing(0, page, 1, true));
      }
      coming.owner().arriveAll();
      for (long page = PAGES - 64; page >= 0; page -= 64) {
        await(point, page, 1, true);
        requireRight(point, page, 1);
      }
    }
    try (RemotePoint point = open(1, Duration.ofMillis(100))) {
      await(point, 0, 1, false);
      await(point, 64, 1, false); // nobody has read the first one, and it goes after a while
      requireRight(point, 64, 1);
      requireRight(point, 0, 1); // it is asked for again
    }
  }

  @Test
  void whoClosesItWaitsForNobody() throws IOException {
    coming.owner().keepAll();
    RemotePoint point = open();
    assertEquals(1, point.missing(0, 0, 1, true));
    point.close();
    assertThrows(IOException.class, () -> point.missing(0, 0, 1, true));
  }
}
