package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Environment;
import dev.cairn.chain.PointView;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.tools.migration.RamSink;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole streams against a map of what came last. Rerun with {@code -Dtests.seed=}. It is long
 * because all of its cases are one machine's streams.
 */
@Timeout(120)
class WholePagesTest {
  private static final int PAGE = Spool.PAGE;
  private static final long RAM = 5000;
  private static final RamLayout SMALL = layout(RAM, 40);
  private static final Taken.Figures FIGURES = new Taken.Figures(Instant.EPOCH, Duration.ZERO, 0);

  private final AtomicInteger accesses = new AtomicInteger();
  private final Semaphore gate = new Semaphore(1);
  private BesideStream.Beat beat = () -> false;
  private final SpoolMemory memory;
  private final Chain chain;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment page = arena.allocate(PAGE, 64);
  private final SplittableRandom random;

  /** The machine: content of each page by block and page; those that are not there are zero. */
  private TreeMap<Long, Integer> machine = new TreeMap<>();

  WholePagesTest(@TempDir Path directory) throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("tests.seed=" + seed);
    random = new SplittableRandom(seed);
    memory = new SpoolMemory(64 << 20, new SpillFile(directory, 1 << 30));
    Environment environment =
        new Environment(Clock.systemUTC(), new Random(seed), Duration.ofSeconds(5));
    StoreDirectory disk = new WatchedDirectory(MemoryDirectory.create(), accesses, gate);
    chain = Store.create(disk, environment).create("vm", PAGE);
  }

  @AfterEach
  void close() throws IOException {
    assertEquals(memory.mostBytes(), memory.freeBytes(), "all memory comes back");
    chain.close();
    memory.close();
    arena.close();
  }

  private static RamLayout layout(long ram, long rom) {
    return new RamLayout(
        PAGE, List.of(new RamBlock("pc.ram", ram * PAGE), new RamBlock("rom", rom * PAGE)));
  }

  private static long key(int block, long number) {
    return (long) block << 32 | number;
  }

  private void send(RamSink into, int block, long number, int value) throws IOException {
    if (value == 0) {
      into.zero(block, number);
      machine.remove(key(block, number));
    } else {
      page.fill((byte) 1);
      page.set(ValueLayout.JAVA_INT, 0, value);
      into.page(block, number, page);
      machine.put(key(block, number), value);
    }
  }

  private int value() {
    return random.nextInt(3) == 0 ? 0 : random.nextInt(1, 1 << 30);
  }

  /** All of it once, then rounds of what is written meanwhile; and what is left in the pause. */
  private Taken stream(RamLayout layout, boolean direct, boolean forgotten, int dirty)
      throws IOException {
    TreeMap<Long, Integer> before = machine;
    machine = new TreeMap<>();
    try (WholePages pages = WholePages.begin(chain, memory, direct)) {
      pages.beats(() -> beat.beat());
      int asleep = accesses.get();
      pages.layout(layout);
      for (int block = 0; block < 2; block++) {
        long count = layout.blocks().get(block).pages(PAGE);
        for (long number = 0; number < count; number++) {
          int value = before.getOrDefault(key(block, number), 0);
          // A page that is hinted to be free does not come: it is zero from now on.
          if (random.nextInt(50) > 0) {
            send(pages, block, number, value);
          }
        }
      }
      for (int i = 0; i < dirty; i++) {
        long number = random.nextLong(RAM);
        send(pages, 0, number, value());
        if (random.nextInt(3) == 0) { // and as it was
          send(pages, 0, number, before.getOrDefault(key(0, number), 0));
        }
      }
      pages.paused();
      for (int i = 0; i < dirty / 4; i++) {
        long number = random.nextLong(RAM);
        boolean back = random.nextInt(3) == 0;
        send(pages, 0, number, back ? before.getOrDefault(key(0, number), 0) : value());
      }
      assertEquals(asleep, accesses.get(), "who drains touches no file");
      return pages.taken(DeviceState.NONE, forgotten, FIGURES);
    }
  }

  /** As {@link ChainWriter} does; returns the point's number. */
  private long store(Taken taken) throws IOException {
    try (taken) {
      return write(taken);
    }
  }

  private long write(Taken taken) throws IOException {
    if (taken.base().isPresent()) {
      return taken
          .base()
          .get()
          .commit(taken.image().spool(), DeviceState.NONE, "", Instant.EPOCH)
          .point()
          .checkpoint();
    }
    Checkpointer.Options options =
        new Checkpointer.Options("", !taken.isWhole(), FrameCodec.LZ4, 2, taken.basis().point());
    return new Checkpointer(chain)
        .checkpoint(taken.image(), options, Progress.NONE)
        .point()
        .checkpoint();
  }

  private void assertIsMachine(long point) throws IOException {
    TreeMap<Long, Integer> found = new TreeMap<>();
    try (ChainSnapshot snapshot = chain.snapshot()) {
      PointView view = snapshot.view(point);
      for (int block = 0; block < 2; block++) {
        int in = block;
        long count = view.layout().blocks().get(block).pages(PAGE);
        view.presentRuns(
            block,
            0,
            count,
            (first, run) -> {
              for (long at = first; at < first + run; at++) {
                view.read(in, at, page);
                found.put(key(in, at), page.get(ValueLayout.JAVA_INT, 0));
              }
            });
      }
    }
    assertEquals(machine, found);
  }

  /** Returns how many pages differ. */
  private static long differ(Map<Long, Integer> a, Map<Long, Integer> b) {
    TreeMap<Long, Integer> all = new TreeMap<>(a);
    all.putAll(b);
    return all.keySet().stream()
        .filter(key -> !a.getOrDefault(key, 0).equals(b.getOrDefault(key, 0)))
        .count();
  }

  private void fill() {
    for (long number = 0; number < RAM; number++) {
      if (random.nextInt(3) > 0) {
        machine.put(key(0, number), random.nextInt(1, 1 << 30));
      }
    }
    machine.put(key(1, 39), 7);
  }

  @Test
  void theFirstStreamGoesIntoTheBaseAndTheOthersKeepWhatDiffers() throws IOException {
    fill();
    Taken first = stream(SMALL, true, false, 400);
    assertTrue(first.base().isPresent());
    assertTrue(first.pages() <= 100, "only what came in the pause is in the spool");
    assertIsMachine(store(first));
    for (int round = 0; round < 4; round++) {
      TreeMap<Long, Integer> before = machine;
      Taken next = stream(SMALL, true, false, 300);
      assertFalse(next.isWhole());
      assertEquals(differ(before, machine), next.pages(), "exactly what differs");
      assertIsMachine(store(next));
    }
  }

  /** A DIMM is plugged in, and a block is smaller, then larger than before. */
  @Test
  void aLayoutThatChangesIsTheNextPoint() throws IOException {
    fill();
    assertIsMachine(store(stream(SMALL, true, false, 100)));
    machine.tailMap(key(1, 10)).clear();
    assertIsMachine(store(stream(layout(RAM + 4000, 10), true, false, 100)));
    machine.put(key(0, RAM + 3999), 5);
    machine.put(key(1, 50), 9);
    assertIsMachine(store(stream(layout(RAM + 4000, 60), true, false, 100)));
    assertIsMachine(store(stream(layout(RAM, 60), true, false, 100)));
  }

  /** Where something is on its way into the chain. */
  @Test
  void otherwiseAllGoesIntoTheSpool() throws IOException {
    fill();
    for (int i = 0; i < 2; i++) {
      Taken taken = stream(SMALL, false, false, 100);
      assertTrue(taken.isWhole());
      assertFalse(taken.base().isPresent());
      assertIsMachine(store(taken));
    }
  }

  @Test
  void whoDrainsBeatsWhileADiskHangs() throws IOException {
    fill();
    for (int i = 0; i < 2; i++) {
      AtomicInteger beats = new AtomicInteger();
      beat =
          () -> {
            if (beats.incrementAndGet() == 5) {
              gate.release();
            }
            return false;
          };
      gate.acquireUninterruptibly();
      assertIsMachine(store(stream(SMALL, true, false, 100)));
      assertTrue(beats.get() >= 5, "" + beats);
    }
  }

  @Test
  void inThePauseNoDiskIsWaitedFor() throws IOException {
    fill();
    for (int i = 0; i < 2; i++) {
      try (WholePages pages = WholePages.begin(chain, memory, true)) {
        pages.beats(() -> fail("it waits"));
        pages.layout(SMALL);
        machine = new TreeMap<>();
        pages.paused();
        gate.acquireUninterruptibly();
        try {
          for (long number = 0; number < RAM; number++) {
            send(pages, 0, number, value());
          }
        } finally {
          gate.release();
        }
        assertIsMachine(store(pages.taken(DeviceState.NONE, false, FIGURES)));
      }
    }
  }

  /** QEMU says so by another way, and what it sent before is still under way. */
  @Test
  void aDiskThatHangsIsNotWaitedForWhenTheGuestIsSeenToStandStill() throws IOException {
    fill();
    for (int i = 0; i < 2; i++) {
      AtomicInteger beats = new AtomicInteger();
      beat = () -> beats.incrementAndGet() == 3;
      try (WholePages pages = WholePages.begin(chain, memory, true)) {
        pages.beats(() -> beat.beat());
        gate.acquireUninterruptibly();
        try {
          pages.layout(SMALL);
          machine = new TreeMap<>();
          for (int round = 0; round < 2; round++) {
            for (long number = 0; number < RAM; number++) {
              send(pages, 0, number, value());
            }
          }
          assertEquals(3, beats.get(), "and is not asked again");
          pages.paused();
          send(pages, 0, 4, 44);
        } finally {
          gate.release();
        }
        assertIsMachine(store(pages.taken(DeviceState.NONE, false, FIGURES)));
      }
    }
  }

  /** As it does where somebody wants to end, or QEMU has the guest paused for too long. */
  @Test
  void aBeatEndsTheWait() throws IOException {
    fill();
    beat =
        () -> {
          gate.release();
          throw new LostCheckpointException("enough");
        };
    gate.acquireUninterruptibly();
    List<String> before = chain.directory().list();
    assertThrows(LostCheckpointException.class, () -> stream(SMALL, true, false, 100));
    assertEquals(before, chain.directory().list());
  }

  @Test
  void whatIsGivenUpLeavesNothing() throws IOException {
    for (int i = 0; i < 2; i++) {
      List<String> before = chain.directory().list();
      try (WholePages pages = WholePages.begin(chain, memory, true)) {
        pages.layout(SMALL);
        send(pages, 0, 7, 1);
        send(pages, 0, 9, 2);
      }
      assertEquals(before, chain.directory().list());
      machine.clear();
      fill();
      store(stream(SMALL, i == 0, false, 1));
    }
  }

  /** Its disk pair failed: what the source has forgotten is in the base's file already. */
  @Test
  void aBaseThatBecomesNoPointIsUnderTheNextOne() throws IOException {
    fill();
    List<String> heard = new ArrayList<>();
    PointWriter writer =
        new PointWriter() {
          @Override
          public Stored write(Taken taken, Optional<Id> parent) throws IOException {
            return new Stored(WholePagesTest.this.write(taken), Id.NONE, taken.pages(), 0);
          }

          @Override
          public void finish() {}

          @Override
          public boolean isNewest(Id id) {
            return true;
          }
        };
    CaptureQueue.Listener listener =
        new CaptureQueue.Listener() {
          @Override
          public void stored(Taken taken, PointWriter.Stored stored) {
            heard.add("stored " + stored.number());
          }

          @Override
          public void dropped(Taken taken, String why) {
            heard.add(why);
          }
        };
    try (CaptureQueue queue = new CaptureQueue(memory, writer, listener)) {
      queue.put(stream(SMALL, queue.isClear(), true, 300).withFault("its disk pair failed"));
      queue.awaitEmpty();
      assertFalse(queue.isClear(), "it is kept");
      queue.put(delta().withFault("again"));
      queue.put(delta());
      queue.awaitEmpty();
      assertTrue(queue.isClear());
      assertEquals("stored 0", heard.get(2), heard::toString);
      assertIsMachine(0);
      // And of a chain that has a point: the delta on it is kept, and lies where it lay.
      queue.put(stream(SMALL, queue.isClear(), true, 300).withFault("its disk pair failed"));
      queue.put(delta());
      queue.awaitEmpty();
      assertEquals("stored 1", heard.getLast());
      assertIsMachine(1);
    }
  }

  private Taken delta() throws IOException {
    Spool spool = new Spool(memory);
    spool.layout(SMALL);
    for (int i = 0; i < 50; i++) {
      long number = random.nextLong(RAM);
      send(spool, 0, number, value());
    }
    return new Taken(
        new SpoolImage(spool, SpoolImage.Pages.WRITTEN, DeviceState.NONE),
        Taken.Basis.CHAINED,
        FIGURES);
  }

  /** A long downtime-limit: nearly all of it comes in the pause. */
  @Test
  void whatComesInThePauseMayBeLargerThanTheBuffer(@TempDir Path other) throws IOException {
    try (SpoolMemory little =
        new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(other, 1 << 30))) {
      for (int i = 0; i < 2; i++) {
        machine.clear();
        try (WholePages pages = WholePages.begin(chain, little, true)) {
          pages.layout(layout(1 << 19, 1));
          send(pages, 0, 1, 7);
          pages.paused();
          for (long number = 0; number < 1 << 19; number += 90) {
            send(pages, 0, number, random.nextInt(1, 1 << 30));
          }
          assertIsMachine(store(pages.taken(DeviceState.NONE, false, FIGURES)));
        }
        assertEquals(little.mostBytes(), little.freeBytes());
      }
    }
  }

  /** And there is room for what comes in the pause all the same. */
  @Test
  void whatDiffersMayBeLargerThanTheBuffer(@TempDir Path other) throws IOException {
    RamLayout large = layout(10_000, 1);
    try (SpoolMemory little =
        new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(other, 1 << 30))) {
      for (int i = 0; i < 3; i++) {
        try (WholePages pages = WholePages.begin(chain, little, true)) {
          pages.layout(large);
          for (long number = 0; number < 10_000; number++) {
            send(pages, 0, number, random.nextInt(1, 1 << 30));
          }
          pages.paused();
          for (long number = 0; number < 10_000; number += 1 + random.nextInt(8)) {
            send(pages, 0, number, value());
          }
          assertIsMachine(store(pages.taken(DeviceState.NONE, false, FIGURES)));
        }
        assertEquals(little.mostBytes(), little.freeBytes());
      }
    }
  }

  @Test
  void aBufferThatIsTooSmallForTheColumnsIsNoRoom(@TempDir Path other) throws IOException {
    try (SpoolMemory little =
            new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(other, 1 << 30));
        WholePages pages = WholePages.begin(chain, little, true)) {
      pages.layout(layout(1L << 28, 1));
      NoRoomException e =
          assertThrows(
              NoRoomException.class,
              () -> {
                for (long region = 0; region < 5000; region++) {
                  send(pages, 0, region * 4096, 1);
                }
              });
      assertTrue(String.valueOf(e.getMessage()).contains("--buffer"), e.getMessage());
    }
  }
}
