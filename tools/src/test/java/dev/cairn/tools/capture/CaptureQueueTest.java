package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BusyException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of checkpoints whose writing fails; a store of maps is written. */
class CaptureQueueTest {
  private static final int PAGES = 600;
  private static final RamLayout LAYOUT =
      new RamLayout(Spool.PAGE, List.of(new RamBlock("pc.ram", (long) PAGES * Spool.PAGE)));

  /** A chain: what each point would be restored to. */
  private static final class Maps implements PointWriter {
    private final List<Map<Long, Integer>> points = new ArrayList<>();
    private final List<Boolean> whole = new ArrayList<>();
    private final Deque<IOException> failures = new ArrayDeque<>();
    private final Semaphore gate = new Semaphore(Integer.MAX_VALUE);
    private final Random ids = new Random(1);
    private @Nullable Id newest;
    private boolean finished;

    @Override
    public synchronized Stored write(Taken taken, Optional<Id> parent) throws IOException {
      boolean isWhole = taken.isWhole();
      gate.acquireUninterruptibly();
      IOException failure = failures.poll();
      if (failure != null) {
        throw failure;
      }
      if (parent.isPresent() && !parent.get().equals(newest)) {
        throw new BusyException("somebody else was faster");
      }
      Map<Long, Integer> point =
          new TreeMap<>(isWhole || points.isEmpty() ? Map.of() : points.getLast());
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment page = arena.allocate(Spool.PAGE, 64);
        Spool spool = taken.image().spool();
        spool.runs(
            0,
            0,
            PAGES,
            true,
            (first, count) -> {
              for (long at = first; at < first + count; at++) {
                spool.read(0, at, page);
                int value = page.get(ValueLayout.JAVA_INT, 0);
                if (value == 0) {
                  point.remove(at);
                } else {
                  point.put(at, value);
                }
              }
            });
      }
      points.add(point);
      whole.add(isWhole);
      newest = Id.random(ids);
      return new Stored(points.size() - 1, newest, taken.pages(), 0);
    }

    @Override
    public synchronized boolean isNewest(Id id) {
      return id.equals(newest);
    }

    @Override
    public synchronized void finish() {
      finished = true;
    }
  }

  private final Maps maps = new Maps();
  private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
  private final SpoolMemory memory;
  private final CaptureQueue queue;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment page = arena.allocate(Spool.PAGE, 64);

  CaptureQueueTest(@TempDir Path directory) {
    memory = new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(directory, 1 << 30));
    queue =
        new CaptureQueue(
            memory,
            maps,
            new CaptureQueue.Listener() {
              @Override
              public void stored(Taken taken, PointWriter.Stored stored) {
                heard.add("stored " + stored.number());
              }

              @Override
              public void dropped(Taken taken, String why) {
                heard.add("dropped: " + why);
              }
            });
  }

  @AfterEach
  void close() throws IOException {
    queue.close();
    assertEquals(memory.mostBytes(), memory.freeBytes(), "no spool is forgotten");
    memory.close();
    arena.close();
  }

  private Taken taken(boolean whole, Map<Long, Integer> pages) throws IOException {
    Spool spool = new Spool(memory);
    spool.layout(LAYOUT);
    for (Map.Entry<Long, Integer> entry : pages.entrySet()) {
      if (entry.getValue() == 0) {
        spool.zero(0, entry.getKey());
      } else {
        page.fill((byte) 0);
        page.set(ValueLayout.JAVA_INT, 0, entry.getValue());
        spool.page(0, entry.getKey(), page);
      }
    }
    return new Taken(
        new SpoolImage(
            spool, whole ? SpoolImage.Pages.WHOLE : SpoolImage.Pages.WRITTEN, DeviceState.NONE),
        Taken.Basis.CHAINED,
        new Taken.Figures(Instant.EPOCH, Duration.ZERO, 0));
  }

  @Test
  void pointsAreStoredInOrder() throws IOException {
    queue.put(taken(true, Map.of(1L, 1, 2L, 2)));
    queue.put(taken(false, Map.of(2L, 3)));
    queue.put(taken(false, Map.of(1L, 0)));
    queue.awaitEmpty();
    assertEquals(List.of(Map.of(1L, 1, 2L, 2), Map.of(1L, 1, 2L, 3), Map.of(2L, 3)), maps.points);
    assertEquals(List.of("stored 0", "stored 1", "stored 2"), heard);
  }

  /** The source has forgotten them. */
  @Test
  void pagesOfOneThatFailedGoIntoTheNextAndNewerOnesWin() throws IOException {
    maps.gate.drainPermits();
    queue.put(taken(true, Map.of(1L, 1)));
    queue.put(taken(false, Map.of(2L, 2, 3L, 3)));
    queue.put(taken(false, Map.of(3L, 4, 4L, 5)));
    maps.failures.add(new IOException("no space"));
    maps.gate.release(3);
    queue.awaitEmpty();
    // The whole one failed: what follows is whole, too, until one is stored.
    assertEquals(List.of(true, false), maps.whole);
    assertEquals(Map.of(1L, 1, 2L, 2, 3L, 3), maps.points.get(0));
    assertEquals(Map.of(1L, 1, 2L, 2, 3L, 4, 4L, 5), maps.points.get(1));
    assertTrue(heard.getFirst().contains("no space; its pages go into the next"), heard::toString);
  }

  @Test
  void aFaultDropsThePointAndKeepsItsPages() throws IOException {
    queue.put(taken(true, Map.of(1L, 1)));
    queue.put(taken(false, Map.of(1L, 2)).withFault("its disk pair failed"));
    queue.put(taken(false, Map.of(2L, 3)));
    queue.awaitEmpty();
    assertEquals(List.of(Map.of(1L, 1), Map.of(1L, 2, 2L, 3)), maps.points);
    assertEquals(3, heard.size());
  }

  @Test
  void whereSomebodyElseWasFasterAWholeOneHasToComeFirst() throws IOException {
    queue.put(taken(true, Map.of(1L, 1)));
    queue.awaitEmpty();
    maps.newest = Id.random(new Random(77));
    queue.put(taken(false, Map.of(2L, 2)));
    queue.awaitEmpty();
    assertTrue(queue.needsWhole());
    queue.put(taken(false, Map.of(3L, 3)));
    queue.awaitEmpty();
    assertEquals(1, maps.points.size(), "a delta cannot lie on somebody else's point");
    queue.put(taken(true, Map.of(9L, 9)));
    queue.awaitEmpty();
    assertFalse(queue.needsWhole());
    assertEquals(Map.of(9L, 9), maps.points.getLast());
  }

  @Test
  void damageEndsTheQueueAndWhoeverAsksIsTold() throws IOException {
    maps.failures.add(new RefusedException("a sync failed"));
    queue.put(taken(true, Map.of(1L, 1)));
    assertThrows(RefusedException.class, queue::awaitEmpty);
    assertThrows(RefusedException.class, () -> queue.put(taken(true, Map.of(1L, 1))));
    assertThrows(RefusedException.class, () -> queue.awaitRoom(1, () -> false));
  }

  @Test
  void closingStoresWhatIsThere() throws IOException {
    for (int i = 0; i < 5; i++) {
      queue.put(taken(i == 0, Map.of((long) i, 1)));
    }
    queue.close();
    assertEquals(5, maps.points.size());
    assertTrue(maps.finished);
  }

  @Test
  void roomIsWaitedForWhileSomethingIsUnderWay() throws IOException {
    maps.gate.drainPermits();
    queue.put(taken(true, Map.of(1L, 1)));
    assertTrue(memory.freeBytes() < memory.mostBytes());
    boolean[] asked = {false};
    // Nothing can be stored: the waiting ends by the wish to stop only.
    queue.awaitRoom(
        memory.mostBytes(),
        () -> {
          boolean before = asked[0];
          asked[0] = true;
          return before;
        });
    assertTrue(asked[0]);
    maps.gate.release(10);
    queue.awaitRoom(Long.MAX_VALUE, () -> false);
    assertEquals(1, maps.points.size());
  }

  /** Random deltas, of which some fail: each point that is stored is that of its moment. */
  @Test
  void whateverFailsEachStoredPointIsWholeAndOfItsMoment() throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("tests.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    Map<Long, Integer> machine = new TreeMap<>();
    List<Map<Long, Integer>> moments = new ArrayList<>();
    for (int n = 0; n < 200; n++) {
      boolean whole = n == 0 || queue.needsWhole();
      Map<Long, Integer> written = new TreeMap<>();
      int count = random.nextInt(40);
      for (int i = 0; i < count; i++) {
        written.put(random.nextLong(PAGES), random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(1000));
      }
      written.forEach(
          (at, value) -> {
            if (value == 0) {
              machine.remove(at);
            } else {
              machine.put(at, value);
            }
          });
      if (random.nextInt(3) == 0) {
        maps.failures.add(new IOException("full"));
      }
      int before = maps.points.size();
      Taken taken = taken(whole, whole ? machine : written);
      queue.put(random.nextInt(10) == 0 ? taken.withFault("disk") : taken);
      queue.awaitEmpty();
      if (maps.points.size() > before) {
        moments.add(new TreeMap<>(machine));
        assertEquals(moments.getLast(), maps.points.getLast(), "checkpoint " + n);
      }
    }
    assertTrue(moments.size() > 50, "most are stored");
  }
}
