package dev.cairn.tools.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BadInputException;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A spool against a map. Rerun with {@code -Dtests.seed=}. */
class SpoolTest {
  private static final int PAGE = Spool.PAGE;
  private static final RamLayout LAYOUT =
      new RamLayout(
          PAGE,
          List.of(
              new RamBlock("pc.ram", 20_000L * PAGE),
              new RamBlock("small", PAGE),
              new RamBlock("pc.bios", 700L * PAGE)));

  private final Path directory;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment page = arena.allocate(PAGE, 64);

  /** Content of each page by block and page; 0 is zero. */
  private final TreeMap<Long, Integer> model = new TreeMap<>();

  SpoolTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static long key(int block, long number) {
    return (long) block << 32 | number;
  }

  private MemorySegment content(int value) {
    for (long at = 0; at < PAGE; at += 4) {
      page.set(ValueLayout.JAVA_INT, at, value + (int) at);
    }
    return page;
  }

  private void put(Spool spool, int block, long number, int value) throws IOException {
    if (value == 0) {
      spool.zero(block, number);
    } else {
      spool.page(block, number, content(value));
    }
    model.put(key(block, number), value);
  }

  /** Checks runs and contents, of all and of some part. */
  private void check(Spool spool, boolean zeros, long from, long to) throws IOException {
    try (Arena memory = Arena.ofConfined()) {
      TreeMap<Long, Integer> found = new TreeMap<>();
      for (int block = 0; block < LAYOUT.blocks().size(); block++) {
        int in = block;
        long[] before = {-1};
        long end = Math.min(to, LAYOUT.blocks().get(block).pages(PAGE));
        spool.runs(
            block,
            from,
            Math.max(from, end),
            zeros,
            (first, count) -> {
              assertTrue(first > before[0] && count > 0, "ascending, and not joined");
              before[0] = first + count;
              MemorySegment into = memory.allocate(count * PAGE, 64);
              into.fill((byte) 77);
              spool.read(in, first, into);
              for (long i = 0; i < count; i++) {
                MemorySegment one = into.asSlice(i * PAGE, PAGE);
                int value = one.get(ValueLayout.JAVA_INT, 0);
                MemorySegment expected =
                    value == 0 ? MemorySegment.ofArray(new byte[PAGE]) : content(value);
                assertEquals(-1, one.mismatch(expected), "all of page " + (first + i));
                found.put(key(in, first + i), value);
              }
            });
      }
      TreeMap<Long, Integer> expected = new TreeMap<>();
      for (Map.Entry<Long, Integer> entry : model.entrySet()) {
        long number = entry.getKey() & 0xffff_ffffL;
        if (number >= from && number < to && (zeros || entry.getValue() != 0)) {
          expected.put(entry.getKey(), entry.getValue());
        }
      }
      assertEquals(expected, found);
    }
  }

  @Test
  void theLastContentOfEachPageIsKeptAlsoWhereItSpills() throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("tests.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (SpoolMemory memory =
        new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(directory, 1 << 30))) {
      for (int round = 0; round < 3; round++) {
        model.clear();
        try (Spool spool = new Spool(memory)) {
          spool.layout(LAYOUT);
          for (int i = 0; i < 15_000; i++) {
            int block = random.nextInt(20) < 19 ? 0 : 2;
            long pages = LAYOUT.blocks().get(block).pages(PAGE);
            long number = random.nextInt(3) == 0 ? i % pages : random.nextLong(pages);
            put(spool, block, number, random.nextInt(4) == 0 ? 0 : random.nextInt(1, 1 << 30));
          }
          put(spool, 1, 0, 5);
          assertEquals(model.size(), spool.pages());
          assertTrue(spool.heldBytes() > memory.mostBytes(), "some of it has spilled");
          check(spool, true, 0, Long.MAX_VALUE);
          check(spool, false, 0, Long.MAX_VALUE);
          long from = random.nextLong(10_000);
          check(spool, true, from, from + random.nextLong(2_000));
          check(spool, false, 512, 1024);
        }
        assertEquals(memory.mostBytes(), memory.freeBytes(), "all is given back");
      }
      try (Stream<Path> files = Files.list(directory)) {
        assertEquals(List.of(), files.toList(), "the spill file has no name");
      }
    }
  }

  @Test
  void pagesOfAnOlderSpoolFillTheGapsAndNewerOnesWin() throws IOException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    System.out.println("tests.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (SpoolMemory memory =
            new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(directory, 1 << 30));
        Spool older = new Spool(memory);
        Spool newer = new Spool(memory);
        Arena scratch = Arena.ofConfined()) {
      older.layout(LAYOUT);
      newer.layout(LAYOUT);
      for (Spool spool : List.of(older, newer)) {
        for (int i = 0; i < 4_000; i++) {
          put(spool, 0, random.nextLong(6_000), random.nextInt(4) == 0 ? 0 : 1 + i);
        }
      }
      newer.addOlder(older, scratch.allocate(PAGE, 64));
      check(newer, true, 0, Long.MAX_VALUE);
    }
  }

  @Test
  void withoutRoomTheCheckpointIsDroppedAndItsMemoryComesBack() throws IOException {
    try (SpoolMemory memory =
        new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(directory, 1 << 20))) {
      try (Spool spool = new Spool(memory)) {
        spool.layout(LAYOUT);
        NoRoomException e =
            assertThrows(
                NoRoomException.class,
                () -> {
                  for (int i = 0; i < 6_000; i++) {
                    put(spool, 0, i, i + 1);
                  }
                });
        assertTrue(String.valueOf(e.getMessage()).contains("--buffer"), e.getMessage());
      }
      assertEquals(memory.mostBytes(), memory.freeBytes());
      model.clear();
      try (Spool spool = new Spool(memory)) {
        spool.layout(LAYOUT);
        put(spool, 0, 19_999, 3);
        check(spool, true, 0, Long.MAX_VALUE);
      }
    }
  }

  @Test
  void aPlaceToSpillThatCannotBeWrittenIsNoRoom() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    try (SpoolMemory memory =
            new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(file, 1 << 30));
        Spool spool = new Spool(memory)) {
      spool.layout(LAYOUT);
      assertThrows(
          NoRoomException.class,
          () -> {
            for (int i = 0; i < 6_000; i++) {
              put(spool, 0, i, i + 1);
            }
          });
    }
  }

  @Test
  void whatABlockDoesNotHaveIsRefused() throws IOException {
    try (SpoolMemory memory =
            new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(directory, 1 << 30));
        Spool spool = new Spool(memory)) {
      spool.layout(LAYOUT);
      assertThrows(BadInputException.class, () -> spool.zero(1, 1));
      assertThrows(BadInputException.class, () -> spool.zero(0, 20_000));
      RamLayout other = new RamLayout(PAGE, List.of(new RamBlock("pc.ram", PAGE)));
      assertThrows(BadInputException.class, () -> spool.layout(other));
    }
  }

  /** A table is made for what comes, never for what is announced. */
  @Test
  void anAnnouncedLayoutTakesNoMemory() throws IOException {
    RamLayout huge = new RamLayout(PAGE, List.of(new RamBlock("pc.ram", 1L << 40)));
    try (SpoolMemory memory =
            new SpoolMemory(SpoolMemory.LEAST_BYTES, new SpillFile(directory, 1 << 30));
        Spool spool = new Spool(memory)) {
      spool.layout(huge);
      assertEquals(0, spool.heldBytes());
      spool.zero(0, (1L << 28) - 1);
      assertEquals(SpoolMemory.SLAB_BYTES, spool.heldBytes());
    }
  }
}
