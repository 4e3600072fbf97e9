package dev.cairn.tools.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.cairn.tools.linux.AnonymousMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The invariant of the guest's memory, and what breaks it. Rerun with {@code -Dtests.seed=}. */
class KvCheckTest {
  private static final long MEMORY_BYTES = 256 << 10;
  private static final int OPERATIONS = 2_000;

  @AutoClose private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(MEMORY_BYTES, 4096);
  private final KvTable table = new KvTable(memory);
  private final Workload workload = new Workload(table);
  private final SplittableRandom random = random();

  KvCheckTest() {
    Workload.create(table, 1);
    work();
  }

  @Test
  void itHoldsAfterWork() {
    assertEquals(List.of(), KvCheck.findings(table));
    assertEquals(table.header(KvTable.AT_ACCOUNTS), accountsFound());
  }

  @Test
  void everyFlippedBitOfASlotIsNoticed() {
    for (int i = 0; i < 300; i++) {
      long at = random.nextLong(AnonymousMemory.PAGE_BYTES, MEMORY_BYTES);
      int bit = 1 << random.nextInt(8);
      flip(at, bit);
      assertFalse(KvCheck.findings(table).isEmpty(), "bit " + bit + " at " + at);
      flip(at, bit);
    }
    assertEquals(List.of(), KvCheck.findings(table));
  }

  @Test
  void everyFlippedBitOfTheHeaderIsNoticed() {
    for (long at = 0; at < KvTable.AT_RANDOM; at++) {
      flip(at, 1);
      assertFalse(KvCheck.findings(table).isEmpty(), "at " + at);
      flip(at, 1);
    }
  }

  @Test
  void aPageOfAnEarlierMomentIsNoticed() {
    MemorySegment before = arena.allocate(MEMORY_BYTES, 4096).copyFrom(memory);
    work();
    for (long at = 0; at < MEMORY_BYTES; at += AnonymousMemory.PAGE_BYTES) {
      MemorySegment page = memory.asSlice(at, AnonymousMemory.PAGE_BYTES);
      MemorySegment old = before.asSlice(at, AnonymousMemory.PAGE_BYTES);
      if (page.mismatch(old) >= 0) {
        MemorySegment now = arena.allocate(AnonymousMemory.PAGE_BYTES).copyFrom(page);
        page.copyFrom(old);
        assertFalse(KvCheck.findings(table).isEmpty(), "page at " + at);
        page.copyFrom(now);
      }
    }
    assertEquals(List.of(), KvCheck.findings(table));
  }

  @Test
  void aCopyGoesOnAsTheOriginalDoes() {
    MemorySegment copy = arena.allocate(MEMORY_BYTES, 4096).copyFrom(memory);
    work();
    assertNotEquals(-1, memory.mismatch(copy));
    Workload other = new Workload(new KvTable(copy));
    for (int i = 0; i < OPERATIONS; i++) {
      other.step();
    }
    assertEquals(-1, memory.mismatch(copy));
  }

  private void work() {
    for (int i = 0; i < OPERATIONS; i++) {
      workload.step();
    }
  }

  private long accountsFound() {
    long found = 0;
    for (long key = 1; key <= table.header(KvTable.AT_ACCOUNTS); key++) {
      found += table.isWhole(key) ? 1 : 0;
    }
    return found;
  }

  private void flip(long at, int bit) {
    byte before = memory.get(ValueLayout.JAVA_BYTE, at);
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) (before ^ bit));
  }

  private static SplittableRandom random() {
    long seed = Long.getLong("tests.seed", 1);
    System.out.println("tests.seed=" + seed);
    return new SplittableRandom(seed);
  }
}
