package dev.cairn.transport.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpillTest {
  private static final int PAGE = 64;

  private static Spill.FileMaker none() {
    return () -> {
      throw new IOException("no room");
    };
  }

  private static MemorySegment page(Arena arena, long value) {
    MemorySegment page = arena.allocate(PAGE, 8);
    page.set(ValueLayout.JAVA_LONG, 8, value);
    return page;
  }

  @Test
  void pagesGoWithTheBlockThatTheyWaitForOrWaitForTheirOther() throws IOException {
    Random random = new Random(11);
    try (Arena arena = Arena.ofConfined();
        Spill spill = new Spill(PAGE, 1 << 20, none())) {
      MemorySegment into = arena.allocate(PAGE, 8);
      Map<Long, Long> waits = new HashMap<>();
      Map<Long, Long> values = new HashMap<>();
      Set<Long> here = new HashSet<>();
      for (long i = 0; i < 50_000; i++) {
        long page = random.nextInt(3000);
        long block = page / 16;
        if (random.nextInt(40) == 0) {
          here.add(block); // and a page that lies in two waits for the next one
          spill.release(block, p -> p % 16 == 15 && !here.contains(p / 16 + 1) ? p / 16 + 1 : -1);
          waits.values().removeIf(b -> b == block);
          here.remove(block);
          for (long p : values.keySet().toArray(Long[]::new)) {
            boolean stays = p % 16 == 15 && p / 16 == block && spill.read(p, into);
            if (!waits.containsKey(p) && stays) {
              waits.put(p, block + 1);
            }
          }
        } else if (!waits.containsKey(page)) {
          spill.put(page, block, page(arena, i));
          waits.put(page, block);
          values.put(page, i);
        }
        boolean found = spill.read(page, into);
        assertEquals(waits.containsKey(page), found);
        if (found) {
          assertEquals(values.get(page), into.get(ValueLayout.JAVA_LONG, 8));
        }
        assertEquals(waits.size(), spill.size());
      }
    }
  }

  @Test
  void aPageForWhichThereIsNoRoomIsNotThereAndHarmsNobody() throws IOException {
    try (Arena arena = Arena.ofConfined();
        Spill spill = new Spill(PAGE, 2 * PAGE, none())) {
      spill.put(1, 1, page(arena, 10));
      spill.put(2, 1, page(arena, 20));
      assertThrows(IOException.class, () -> spill.put(3, 1, page(arena, 30)));
      MemorySegment into = arena.allocate(PAGE, 8);
      assertFalse(spill.read(3, into));
      assertTrue(spill.read(2, into));
      spill.release(1, _ -> -1);
      spill.put(3, 1, page(arena, 30));
      assertTrue(spill.read(3, into));
      assertEquals(30, into.get(ValueLayout.JAVA_LONG, 8));
    }
  }
}
