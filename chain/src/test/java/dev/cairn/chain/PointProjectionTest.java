package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.file.PageReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Single words of a point's pages, against the point read as a whole. */
final class PointProjectionTest {
  private static final int PAGE = 512;
  private static final long PAGES = 2 * 4096 + 100;
  private static final int WORD = PointProjection.WORD_PAGES;

  private static ChainInMemory chain(Random random) throws IOException {
    ChainInMemory memory = new ChainInMemory(PAGE);
    SparseMemory image = new SparseMemory(PAGE, PAGES);
    for (int checkpoint = 1; checkpoint <= 5; checkpoint++) {
      for (int i = 0; i < 400; i++) {
        image.fill(random.nextLong(PAGES), random.nextInt(4) == 0 ? 0 : checkpoint);
      }
      memory.checkpoint(image, ChainInMemory.WHOLE);
    }
    return memory;
  }

  @Test
  void eachWordIsThatOfThePoint() throws IOException {
    Random random = new Random(7);
    ChainInMemory memory = chain(random);
    for (long n = 0; n < 5; n++) {
      try (ChainSnapshot snapshot = memory.chain().snapshot();
          Arena arena = Arena.ofConfined();
          PointProjection projection = new PointProjection(snapshot.view(n));
          PageReader reader = new PageReader(PAGE, arena)) {
        PointView view = snapshot.view(n);
        MemorySegment all = arena.allocate(PAGES * PAGE);
        view.read(0, 0, all);
        MemorySegment word = arena.allocate(WORD * PAGE);
        for (int i = 0; i < 500; i++) {
          long page = random.nextLong((PAGES + WORD - 1) / WORD) * WORD;
          long within = PAGES - page >= WORD ? -1L : (1L << (PAGES - page)) - 1;
          long wanted = random.nextLong() & within;
          word.fill((byte) 0);
          long read = projection.read(reader, 0, page, wanted, word);
          assertEquals(projection.present(0, page) & wanted, read);
          for (int k = 0; k < WORD; k++) {
            if ((wanted >>> k & 1) != 0) {
              MemorySegment expected = all.asSlice((page + k) * PAGE, PAGE);
              assertEquals(-1, expected.mismatch(word.asSlice((long) k * PAGE, PAGE)));
              boolean zero = isZero(expected);
              assertEquals(zero, (read >>> k & 1) == 0, "page " + (page + k));
            }
          }
        }
      }
    }
  }

  /** Some plan regions while others read pages of those, and of theirs. */
  @Test
  void manyThreadsReadTheSame() throws Exception {
    ChainInMemory memory = chain(new Random(9));
    try (ChainSnapshot snapshot = memory.chain().snapshot();
        Arena arena = Arena.ofShared();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      PointView view = snapshot.view(4);
      MemorySegment all = arena.allocate(PAGES * PAGE);
      view.read(0, 0, all);
      for (int round = 0; round < 20; round++) {
        try (PointProjection projection = new PointProjection(view)) {
          List<Future<?>> ends = new ArrayList<>();
          for (int thread = 0; thread < 4; thread++) {
            Random random = new Random(100L * round + thread);
            ends.add(threads.submit(() -> readWords(projection, all, random)));
          }
          for (Future<?> end : ends) {
            end.get(60, TimeUnit.SECONDS);
          }
        }
      }
    }
  }

  private static Void readWords(PointProjection projection, MemorySegment all, Random random)
      throws IOException {
    try (Arena arena = Arena.ofConfined();
        PageReader reader = new PageReader(PAGE, arena)) {
      MemorySegment word = arena.allocate(WORD * PAGE);
      for (int i = 0; i < 100; i++) {
        long page = random.nextLong(PAGES / WORD) * WORD;
        word.fill((byte) 0);
        projection.read(reader, 0, page, -1L, word);
        assertEquals(-1, all.asSlice(page * PAGE, WORD * PAGE).mismatch(word), "page " + page);
      }
    }
    return null;
  }

  private static boolean isZero(MemorySegment page) {
    for (long at = 0; at < PAGE; at++) {
      if (page.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at) != 0) {
        return false;
      }
    }
    return true;
  }

  @Test
  void aRegionIsPlannedOnce() throws IOException {
    ChainInMemory memory = chain(new Random(8));
    try (ChainSnapshot snapshot = memory.chain().snapshot();
        Arena arena = Arena.ofConfined();
        PointProjection projection = new PointProjection(snapshot.view(4));
        PageReader reader = new PageReader(PAGE, arena)) {
      projection.present(0, 0);
      int before = memory.counting().reads().size();
      long present = projection.present(0, 64);
      assertEquals(before, memory.counting().reads().size());
      MemorySegment word = arena.allocate(WORD * PAGE);
      long first = Long.lowestOneBit(present);
      assertEquals(first, projection.read(reader, 0, 64, first, word));
      assertEquals(before + 1, memory.counting().reads().size(), "one read for a page");
    }
  }

  @Test
  void aRottenPageIsNotHandedOut() throws IOException {
    ChainInMemory memory = new ChainInMemory(PAGE);
    memory.checkpoint(new SparseMemory(PAGE, 64).fill(3, 1), ChainInMemory.WHOLE);
    String file = memory.chain().manifest().files().getFirst().name().text();
    memory.flip(file, (1 << 20) + 3 * PAGE + 17);
    try (ChainSnapshot snapshot = memory.chain().snapshot();
        Arena arena = Arena.ofConfined();
        PointProjection projection = new PointProjection(snapshot.view(0));
        PageReader reader = new PageReader(PAGE, arena)) {
      MemorySegment word = arena.allocate(WORD * PAGE);
      assertEquals(8, projection.present(0, 0));
      assertThrows(CorruptFileException.class, () -> projection.read(reader, 0, 0, -1L, word));
    }
  }
}
