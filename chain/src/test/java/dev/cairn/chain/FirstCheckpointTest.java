package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.BadInputException;
import dev.cairn.store.BusyException;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.file.BaseWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pages in any order become the first point of a chain. */
final class FirstCheckpointTest {
  private static final int PAGE = 4096;
  private static final RamLayout LAYOUT =
      new RamLayout(PAGE, List.of(new RamBlock("ram", 9000L * PAGE), new RamBlock("rom", PAGE)));

  private final Arena arena = Arena.ofAuto();
  private final ChainInMemory memory;
  private final Chain chain;

  FirstCheckpointTest() throws IOException {
    memory = new ChainInMemory(PAGE);
    chain = memory.chain();
  }

  private FirstCheckpoint begin() throws IOException {
    return FirstCheckpoint.begin(
            chain, LAYOUT, () -> arena.allocate(BaseWriter.Columns.REGION_BYTES, 8))
        .orElseThrow();
  }

  private MemorySegment content(int value) {
    return arena.allocate(PAGE, 64).fill((byte) value);
  }

  private byte[] read(int block, long page) throws IOException {
    try (ChainSnapshot snapshot = chain.snapshot()) {
      MemorySegment into = arena.allocate(PAGE, 64);
      snapshot.view(0).read(block, page, into);
      return into.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Test
  void theLastContentOfEachPageIsThePoint() throws IOException {
    Instant time = Instant.parse("2026-11-20T10:00:00Z");
    try (FirstCheckpoint first = begin()) {
      first.page(0, 8999, content(1));
      first.page(0, 3, content(2));
      first.page(1, 0, content(3));
      first.page(0, 3, content(4));
      first.page(0, 5, content(5));
      first.zero(0, 5);
      Checkpointer.Result result = first.commit(DeviceState.NONE, "one", time);
      assertEquals(0, result.point().checkpoint());
      assertEquals(3, result.point().written().pages());
      assertTrue(result.point().written().wholeImage());
    }
    assertEquals("one", chain.restorePoints().getFirst().label());
    assertArrayEquals(content(4).toArray(ValueLayout.JAVA_BYTE), read(0, 3));
    assertArrayEquals(new byte[PAGE], read(0, 5));
    assertArrayEquals(content(1).toArray(ValueLayout.JAVA_BYTE), read(0, 8999));
    assertArrayEquals(content(3).toArray(ValueLayout.JAVA_BYTE), read(1, 0));
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain, findings::add, 1, new Random(1)).run();
    assertEquals(List.of(), findings);
    assertTrue(FirstCheckpoint.begin(chain, LAYOUT, () -> content(0)).isEmpty(), "it has a point");
  }

  @Test
  void whatIsGivenUpLeavesNothingBehind() throws IOException {
    List<String> before = memory.directory().list();
    try (FirstCheckpoint first = begin()) {
      first.page(0, 1, content(1));
      assertEquals(before.size() + 1, memory.directory().list().size(), "it is on the disk");
      assertThrows(BadInputException.class, () -> first.page(1, 1, content(1)));
      assertThrows(BadInputException.class, () -> first.zero(0, 9000));
    }
    assertEquals(before, memory.directory().list());
    RamLayout other = new RamLayout(8192, List.of(new RamBlock("ram", 8192)));
    assertThrows(
        BadInputException.class, () -> FirstCheckpoint.begin(chain, other, () -> content(0)));
    assertEquals(before, memory.directory().list());
  }

  @Test
  void whereSomebodyElseWasFasterNothingIsChanged() throws IOException {
    try (FirstCheckpoint first = begin()) {
      first.page(0, 1, content(1));
      memory.checkpoint(new SparseMemory(PAGE, 10).fill(1, 7), ChainInMemory.WHOLE);
      assertThrows(BusyException.class, () -> first.commit(DeviceState.NONE, "", Instant.EPOCH));
    }
    assertEquals(1, chain.restorePoints().size());
    assertEquals(List.of(), chain.sweep());
  }

  /** Its file is not taken for an abandoned one. */
  @Test
  void whoSweepsMeanwhileLeavesIt() throws IOException {
    try (FirstCheckpoint first = begin()) {
      first.page(0, 1, content(1));
      assertEquals(List.of(), chain.sweep());
      first.commit(DeviceState.NONE, "", Instant.EPOCH);
    }
    assertEquals(1, chain.restorePoints().size());
  }
}
